"""Which program or action does what: patterns by task, one table for all pipeline systems.

A pattern is a program, words that must follow in this order among the first, and flags behind a ``+`` of which one must
be there; alternatives stand between ``|``, and ``*`` is any text. A leading ``!`` names a flag that must not be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ostiary.parts.pipelines.tasks import Task

PROGRAMS: Final[Mapping[Task, str]] = {
    Task.TESTS: """
        pytest !--collect-only|--co|--fixtures, py.test, nose2, nosetests, tox, nox, unittest, stestr, trial, behave, robot, manage test,
        setup test, hatch test, django-admin test, jest, vitest, mocha, ava, jasmine, karma start, cypress run, playwright test, tap,
        node +--test, deno test, bun test, react-scripts test, ng test, nx *test*, turbo *test*, lerna run *test*, wtr,
        vue-cli-service test:*, npm test|t|tst, npm run *test*, yarn *test*, pnpm *test*, pnpm run *test*, bun run *test*,
        go test, gotestsum, ginkgo, richgo test, cargo test, cargo nextest, cargo tarpaulin, cargo llvm-cov,
        mvn test|verify|install|package|deploy !-DskipTests*|-Dmaven.test.skip*, gradle test|check|build|*:test|*:check|*:build|test*|*Test !-x,
        sbt test|*test*, lein test, phpunit, pest, codecept run, behat, artisan test, paratest, simple-phpunit, rspec,
        rake test|spec|test:*|default, rails test|test:*|spec, cucumber, minitest, swift test, xcodebuild *test*, fastlane test|tests|scan,
        dotnet test|vstest, ctest, bazel test|coverage, bats, newman run, mix test, flutter test, dart test, meson test, detox test,
        make test|tests|check|unit|*-test|test-*|*-tests, just test|tests|check|test-*, task test|tests|test:*, invoke test|tests, k6 run,
        composer test|tests|phpunit, ward, testcafe, xctest, ct run, molecule test, earthly +test|+tests""",
    Task.COVERAGE: """
        pytest +--cov*, coverage, codecov, codecovcli, coveralls, jest +--coverage*, vitest +--coverage*, vitest * +--coverage*, nyc, c8,
        node +--experimental-test-coverage, go test +-cover*|--cover*, gotestsum +-cover*, ginkgo +-cover*|--cover*, go tool cover,
        cargo tarpaulin, cargo llvm-cov, grcov, gcovr, lcov, kcov, gradle *jacoco*|*kover*|*coverage*, mvn jacoco:*|*jacoco*,
        phpunit +--coverage*, pest +--coverage*, paratest +--coverage*, dotnet test +--collect*|-p:CollectCoverage*|/p:CollectCoverage*,
        reportgenerator, cc-test-reporter, bazel coverage, deno test +--coverage*, bun test +--coverage, swift test +--enable-code-coverage,
        flutter test +--coverage, mix coveralls*, npm test|run +--coverage*, yarn * +--coverage*, pnpm * +--coverage*, slather,
        xcodebuild * +-enableCodeCoverage, nosetests +--with-coverage, trial +--coverage, npm run *cov*, make cov|coverage, python-coverage""",
    Task.LINT: """
        ruff, ruff check, eslint, golangci-lint, flake8, pylint, rubocop, detekt, swiftlint, phpcs, phpstan, psalm, spotbugs,
        mvn spotbugs:*|*spotbugs*, gradle *spotbugs*|detekt, prospector, clippy, cargo clippy, xo, biome, standard, staticcheck""",
    Task.SAST: """
        bandit, semgrep, semgrep ci|scan, opengrep, opengrep scan, gosec, brakeman, njsscan, nodejsscan, mobsfscan, findsecbugs, codeql database,
        codeql analyze, sonar-scanner, sonar, mvn sonar:sonar|*sonar-maven*, gradle sonar|sonarqube, dotnet-sonarscanner, dotnet sonarscanner,
        snyk code, horusec start, psalm +--taint-analysis|--security-analysis, progpilot, phpcs +--standard=Security*, flawfinder,
        security-scan, bearer scan, checkmarx, cx scan, fortify, sourceanalyzer, veracode, pysa, pyre analyze, insider, scan +--src,
        shiftleft, sl analyze, dlint, cppcheck +--addon*, graudit, infer run, mariana-trench, ostiary audit, appscan,
        devskim analyze, securitycodescan, dawn, dawnscanner, eslint +--plugin=security*, ruff +--select=S*, ruff +S, joern-scan, aikido,
        flake8 +--select=S*, corgea, endorctl scan, kiuwan, contrast, qodana, qodana scan, golangci-lint +gosec|--enable=gosec, detekt-security""",
    Task.DAST: """
        zap-api-scan, zap-baseline, zap-full-scan, zap +-cmd, zap-cli, zaproxy, nuclei, nikto, wapiti, arachni, sqlmap, w3af, w3af_console, hawk scan,
        schemathesis run, st run, restler, restler-fuzzer, dastardly, ostiary loop, akto, apisec, burp, burpsuite, skipfish, cherrybomb, nmap +--script=vuln,
        escape-cli, stackhawk, probely, crashtest-security, astra-cli, dalfox, commix, autoswagger, cats, bright-cli, nexploit-cli, purpleteam""",
    Task.CONTRACT: """
        schemathesis run, st run, schemathesis, dredd, restler, specmatic test, cats, portman, evomaster, openapi-fuzzer, tcases, prism-test,
        pact-verifier, pact-provider-verifier, 42c-scan""",
    Task.FUZZ: """
        go test +-fuzz*, cargo fuzz, atheris, jazzer, afl-fuzz, honggfuzz, schemathesis run, restler, boofuzz, mayhem run, cargo afl, cats""",
    Task.DEPENDENCIES: """
        pip-audit, safety check|scan, npm audit, yarn audit, yarn npm audit, pnpm audit, bun audit, osv-scanner, govulncheck, cargo audit,
        cargo deny, cargo-audit, cargo-deny, bundle audit|bundle-audit, bundle-audit, bundler-audit, composer audit, local-php-security-checker,
        security-checker, symfony security:check|check:security, snyk test|monitor, trivy fs|repo|repository|filesystem|rootfs|image|sbom, grype, dependency-check,
        mvn dependency-check:*|*dependency-check*|*ossindex*, gradle dependencyCheckAnalyze|dependencyCheckAggregate|*:dependencyCheck*|ossIndexAudit, retire,
        audit-ci, better-npm-audit, nancy sleuth, uv audit, dotnet list package +--vulnerable, dotnet package list +--vulnerable, ort, jake, auditjs,
        improved-yarn-audit, npm-audit-resolver, check-audit, mend, whitesource, depscan, uv-secure, mix deps.audit, mix hex.audit, depshield,
        socket scan, socket ci, fossa test, blackduck, detect +--blackduck*, endorctl scan, swift-audit""",
    Task.SECRETS: """
        gitleaks detect|protect|dir|git|directory|file|stdin, gitleaks, trufflehog, trufflehog3, detect-secrets scan|audit, detect-secrets,
        detect-secrets-hook, ggshield, ggshield secret|scan, git secrets, git-secrets, talisman, whispers, noseyparker scan, kingfisher scan,
        secretlint, trivy fs|repo|repository|filesystem !--scanners=*|--security-checks=*, trivy +--scanners=*secret*|--security-checks=*secret*,
        rusty-hog, ostiary audit, shhgit, repo-supervisor, betterleaks, ripsecrets, detect-private-key, leaktk""",
    Task.MALWARE: """
        clamscan, clamdscan, yara, yara-x, yr scan, maldet, vt scan, virustotal, malcontent, mal analyze|scan, guarddog, savscan, uvscan, mdatp scan,
        loki-scanner, thor, opswat, kesl-scan""",
    Task.SBOM: """
        syft, cyclonedx-py, cyclonedx-bom, cyclonedx-npm, cyclonedx-node-npm, cdxgen, cyclonedx-gomod, cyclonedx-php, cyclonedx, cargo cyclonedx,
        cargo sbom, mvn cyclonedx:*|*cyclonedx-maven*, gradle cyclonedxBom|*:cyclonedxBom, composer cyclonedx*|make-bom, dotnet CycloneDX,
        bom generate, spdx-sbom-generator, sbom-tool generate, trivy +--format=cyclonedx|--format=spdx*|cyclonedx|spdx-json, docker +--sbom=true|--sbom,
        docker sbom, npm sbom, pip-audit +--format=cyclonedx*, sbom4python, tern, uv export +--format=cyclonedx*, ostiary sbom, ko +--sbom* !--sbom=none, pnpm sbom""",
    Task.SIGNING: """
        cosign sign|sign-blob|attest|attest-blob, sigstore sign, gpg +--sign|--detach-sign|--detach-sig|--armor|-ab|-b|-sab, gpg2 +--detach-sign|-ab,
        notation sign, minisign +-S*, signify +-S, jarsigner, apksigner sign, codesign, signtool sign, osslsigncode sign, rpmsign, debsign, npm publish +--provenance*,
        rekor-cli upload, gitsign, twine upload +--sign|-s|--attestations""",
    Task.PROVENANCE: """
        cosign attest, npm publish +--provenance*, pnpm publish +--provenance*, yarn npm publish +--provenance, docker +--provenance=*|--provenance|--attest*,
        in-toto-run, in-toto-record, witness run, slsa-generator, twine upload +--attestations, gh attestation create, tkn chain""",
    Task.VERIFYING: """
        cosign verify|verify-attestation|verify-blob, slsa-verifier, gh attestation verify, notation verify, gpg +--verify, sigstore verify,
        npm audit signatures, connaisseur, minisign +-V*, pypi-attestations verify""",
    Task.IAC: """
        checkov, tfsec, terrascan, kics, kics scan, trivy config|conf, trivy +--scanners=*misconfig*|--scanners=*config*, kube-linter lint, kubesec scan,
        kube-score score, cfn_nag, cfn_nag_scan, cfn-nag, snyk iac, conftest test, polaris audit, regula run, datree test, kubescape scan, cfn-guard validate""",
    Task.CONTAINER: """
        trivy image, trivy i, grype, docker scout, snyk container, docker scan, dockle, clair-scanner, clairctl, twistcli, anchore-cli, grype-db,
        gcloud artifacts docker images scan, sysdig-cli-scanner, neuvector, wizcli docker, lacework vuln-scanner, osv-scanner scan image""",
    Task.PIPELINE: "zizmor, actionlint, scorecard, poutine, octoscan, raven, legitify",
    Task.PUBLISH: """
        twine upload, uv publish, poetry publish, flit publish, hatch publish, npm publish, pnpm publish, yarn publish, yarn npm publish, cargo publish,
        gem push, docker push, docker buildx +--push, docker build +--push, mvn deploy, gradle publish*, goreleaser, goreleaser release, ko publish,
        semantic-release, changeset publish, lerna publish, dotnet nuget push, nuget push, skopeo copy, buildah push, podman push, crane push""",
    Task.DEPLOY: """
        kubectl apply|set|rollout|replace|create|patch, helm upgrade|install, helmfile apply|sync, kustomize deploy, aws ecs update-service|deploy,
        aws lambda update-function-code, aws deploy create-deployment, aws elasticbeanstalk update-environment, eb deploy, serverless deploy, sls deploy,
        sam deploy, chalice deploy, zappa deploy|update, gcloud run deploy, gcloud app deploy, gcloud functions deploy, flyctl deploy, fly deploy,
        heroku container:release|git:push, vercel +--prod, vercel deploy, netlify deploy, az webapp *, az functionapp *, az containerapp update|up, docker stack deploy,
        cap * deploy*, cap deploy*, argocd app sync, nomad job run, nomad run, railway up, kamal deploy, dep deploy, deploy, copilot svc deploy, copilot deploy,
        cf push, dokku deploy, cdk deploy, skaffold run|deploy, oc rollout|apply|set, wrangler deploy|publish, gigalixir deploy, doctl apps update|create-deployment,
        git push heroku, pm2 deploy|reload|restart, waypoint deploy, werf converge, devspace deploy, make deploy|deploy-*, npm run deploy*, yarn deploy*, just deploy*,
        render deploys, ansistrano, fab deploy, pct deploy""",
    Task.PROVISION: "terraform apply, tofu apply, terragrunt apply|run-all, pulumi up|update, ansible-playbook, packer build, cloudformation deploy, aws cloudformation deploy",
    Task.ROLLBACK: """
        kubectl rollout undo, oc rollout undo, oc rollback, helm rollback, helm upgrade +--atomic|--rollback-on-failure, helm install +--atomic|--rollback-on-failure, helmfile +--atomic,
        argocd app rollback, kubectl argo rollouts undo|abort|promote, kubectl-argo-rollouts undo|abort|promote, heroku rollback|releases:rollback, aws deploy +--auto-rollback*, aws deploy stop-deployment,
        aws ecs +*rollback=true*, aws ecs * +*rollback=true*, kamal rollback, cap * deploy:rollback, cap deploy:rollback, dep rollback, gcloud run services update-traffic, docker service rollback,
        docker service update +--rollback|--update-failure-action=rollback, docker stack rollback, nomad job revert, serverless rollback, sls rollback, vercel rollback,
        az webapp deployment slot swap, az functionapp deployment slot swap, aws lambda update-alias, cf rollback, cf cancel-deployment, wrangler rollback,
        *rollback*, *roll-back*, make rollback*|*-rollback, just rollback*, npm run rollback*|*:rollback,
         spin pipeline, werf rollback, kayenta""",
    Task.MIGRATION_BACK: """
        alembic downgrade, rails db:rollback, rake db:rollback, flyway undo, liquibase rollback*, knex migrate:rollback, sequelize db:migrate:undo*, sequelize-cli db:migrate:undo*, migrate down,
        goose down, dbmate rollback|down, doctrine-migrations migrate prev, artisan migrate:rollback, ef database update""",
}
ACTIONS: Final[Mapping[Task, str]] = {  # by owner/name[/path], an orb, a task or a template's file, lower case
    Task.TESTS: """
        vstest, visualstudiotest*, cypress-io/github-action, orb:cypress-io/cypress/*, orb:*/*/test*, pavelzw/pytest-action, pmeier/pytest-results-action, postmanlabs/*newman*, orb:circleci/python/test, orb:circleci/node/test, orb:circleci/go/test, orb:*/*/run-tests, php-actions/phpunit""",
    Task.COVERAGE: """
        codecov/codecov-action, coverallsapp/github-action, publishcodecoverageresults, jenkins:recordcoverage, jenkins:jacoco, jenkins:cobertura,
        jenkins:publishcoverage, orb:codecov/codecov/*, orb:coveralls/coveralls/*, irongut/codecoveragesummary, 5monkeys/cobertura-action,
        romeovs/lcov-reporter-action, paambaati/codeclimate-action, codacy/codacy-coverage-reporter-action, py-cov-action/python-coverage-comment-action,
        madrapps/jacoco-report, cicirello/jacoco-badge-generator, orgoro/coverage, vladopajic/go-test-coverage, davelosert/vitest-coverage-report-action,
        artiomtr/jest-coverage-report-action, deepsourcelabs/test-coverage-action, qltysh/qlty-action/coverage, danielpalme/reportgenerator-*, insightsengineering/coverage-action""",
    Task.LINT: """
        golangci/golangci-lint-action, astral-sh/ruff-action, chartboost/ruff-action, github/super-linter, super-linter/super-linter,
        reviewdog/action-eslint, reviewdog/action-golangci-lint, codacy/codacy-analysis-cli-action""",
    Task.SAST: """
        github/codeql-action/analyze, oxsecurity/megalinter*, returntocorp/semgrep-action, semgrep/semgrep-action, semgrep/*, securego/gosec, pycqa/bandit-action, mdegis/bandit*, tj-actions/bandit,
        jpetrucciani/bandit-check, gaurav-nelson/bandit*, nikitastupin/*, shundor/python-bandit-scan, lukehinds/bandit*, abirismyname/bandit-action, reviewdog/action-brakeman, artplan1/brakeman-action,
        presidentbeef/*, sonarsource/sonarcloud-github-action, sonarsource/sonarqube-scan-action, sonarcloudanalyze, sonarqubeanalyze, orb:sonarsource/sonarcloud/scan, jenkins:withsonarqubeenv,
        advancedsecurity-codeql-analyze, checkmarx/ast-github-action, checkmarx-ts/*, checkmarx*, orb:checkmarx*/*, jenkins:checkmarx*, veracode/*, veracode*, jenkins:veracode, fortify/*, fortify*,
        shiftleftsecurity/scan-action, shiftleftsecurity/scan-slim-action, microsoft/security-devops-action, microsoftsecuritydevops, mobsf/mobsfscan, ajinabraham/njsscan-action, fiercefox/horusec*, fike/horusec-action,
        bearer/bearer-action, devskim*, microsoft/devskim-action, contrast-security-oss/*, template:*/sast.gitlab-ci.yml, template:*/sast.latest.gitlab-ci.yml, template:auto-devops*,
        component:*/sast/sast*, orb:semgrep/*, step:*semgrep*, jetbrains/qodana-action, datadog/datadog-static-analyzer-github-action, find-sec-bugs/*, psalm/psalm-github-security-scan, designsecurity/progpilot*,
        aikidosec/github-actions-workflow, pipe:*/sonarcloud-scan, pipe:*/snyk-code*, step-security/semgrep*, corgea/*, endorlabs/github-action, kiuwan*""",
    Task.DAST: """
        zaproxy/action-api-scan, zaproxy/action-baseline, zaproxy/action-full-scan, zaproxy/action-af, stackhawk/hawkscan-action, projectdiscovery/nuclei-action,
        schemathesis/action, portswigger/dastardly-github-action, portswigger-cloud/dastardly*, orb:stackhawk/*, template:*/dast*.gitlab-ci.yml, template:dast*, template:*/dast-api*, template:*/api-fuzzing*,
        template:auto-devops*, component:*/dast/*, component:*/api-security/*, apisec-inc/*, akto-api-security/*, escape-technologies/action, neuralegion/*, brightsec*, probely/*, jenkins:zap*, owaspzap*, stackhawk*, 42crunch/scan-action,
        detectify/*, rapid7/insightappsec*, invicti*, hawkscan*""",
    Task.CONTRACT: "schemathesis/action, 42crunch/*, 42crunch*, apiaryio/dredd*, template:*/api-fuzzing*, component:*/api-security/*, specmatic/*",
    Task.FUZZ: "google/clusterfuzzlite/*, google/oss-fuzz/*, forallsecure/mapi-action, schemathesis/action, template:*/api-fuzzing*, template:*/coverage-fuzzing*, component:*/api-fuzzing*",
    Task.DEPENDENCIES: """
        actions/dependency-review-action, google/osv-scanner-action*, google/osv-scanner-action/*, pypa/gh-action-pip-audit, trailofbits/gh-action-pip-audit, snyk/actions/*, aquasecurity/trivy-action,
        anchore/scan-action, dependency-check/dependency-check_action, golang/govulncheck-action, rustsec/audit-check, actions-rs/audit-check, embarkstudios/cargo-deny-action, jenkins:dependencycheck, jenkins:snyksecurity, jenkins:dependencytrackpublisher,
        snyksecurityscan, dependency-check-build-task, advancedsecurity-dependency-scanning, whitesource*, mend*, orb:snyk/snyk/*, template:*/dependency-scanning*, template:auto-devops*, component:*/dependency-scanning*,
        pyupio/safety*, oke-py/npm-audit-action, symfonycorp/security-checker-action, dependencytrack/gh-upload-sbom, andrewmcodes/bundler-audit-action, thoughtbot/bundler-audit*, pipe:*/snyk-scan, sonatype*, socketsecurity/*, fossas/fossa-action,
        blackducksoftware/*, synopsys-sig/*, jfrog/frogbot, veracode/veracode-sca*, sourceclear*, aikidosec/github-actions-workflow, endorlabs/github-action, debricked/actions*, eclipse-*ort*""",
    Task.SECRETS: """
        gitleaks/gitleaks-action, oxsecurity/megalinter*, github/super-linter, super-linter/super-linter, zricethezav/gitleaks-action, trufflesecurity/trufflehog, edplato/trufflehog-actions-scan, gitguardian/ggshield-action, gitguardian/ggshield/actions/secret, gitguardian/gg-shield-action, advancedsecurity-*secret*, credscan, template:*/secret-detection*, template:auto-devops*,
        component:*/secret-detection*, orb:gitguardian/*, orb:*/gitleaks/*, reviewdog/action-detect-secrets, secret-scanner/action, max/secret-scan, pipe:*/git-secrets-scan, betterleaks/*, deepfence/secretscanner*""",
    Task.MALWARE: """
        djdefi/gitavscan, crazy-max/ghaction-virustotal, chainguard-dev/malcontent*, chainguard-dev/actions/malcontent*, datadog/guarddog*, *clamav*, antimalware, cssnr/virustotal-action, opswat/*,
        reversinglabs/*, *virustotal*""",
    Task.SBOM: """
        anchore/sbom-action, cyclonedx/gh-*, actions/attest-sbom, microsoft/sbom-action, cyclonedx/*, advanced-security/spdx-dependency-submission-action, kubernetes-sigs/release-actions/*bom*, philips-labs/spdx-action, template:*/dependency-scanning*,
        jenkins:cyclonedx*, evryfs/sbom-dependency-submission-action, knqyf263/sbom*""",
    Task.SIGNING: """
        sigstore/gh-action-sigstore-python, actions/attest, actions/attest-build-provenance, actions/attest-sbom, slsa-framework/slsa-github-generator/*, esrpcodesigning, r0adkll/sign-android-release, azure/trusted-signing-action, notaryproject/notation-action/sign""",
    Task.PROVENANCE: "actions/attest-build-provenance, actions/attest, slsa-framework/slsa-github-generator/*, philips-labs/slsa-provenance-action, testifysec/witness-run-action",
    Task.VERIFYING: "notaryproject/notation-action/verify, slsa-framework/slsa-verifier/actions/verifier",
    Task.IAC: "bridgecrewio/checkov-action, aquasecurity/tfsec-*, checkmarx/kics-*, tenable/terrascan-action, stelligent/cfn_nag*, template:*/sast-iac*, component:*/sast/iac*, snyk/actions/iac, kubescape/github-action, stackrox/kube-linter-action",
    Task.CONTAINER: "anchore/scan-action, snyk/actions/docker, azure/container-scan, docker/scout-action, template:*/container-scanning*, template:auto-devops*, component:*/container-scanning*, crazy-max/ghaction-container-scan, phonito/*, erzz/dockle-action, lacework/*",
    Task.PIPELINE: "zizmorcore/zizmor-action, woodruffw/zizmor-action, ossf/scorecard-action, boostsecurityio/poutine-action, reviewdog/action-actionlint, raven-actions/actionlint, step-security/harden-runner",
    Task.PUBLISH: "pypa/gh-action-pypi-publish, docker/build-push-action, js-devtools/npm-publish, goreleaser/goreleaser-action, changesets/action, softprops/action-gh-release, cycjimmy/semantic-release-action, orb:circleci/*/publish*, rubygems/release-gem, docker, jenkins:nexusartifactuploader",
    Task.DEPLOY: """
        azure/webapps-deploy, azure/k8s-deploy, azure/functions-action, azure/container-apps-deploy-action, aws-actions/amazon-ecs-deploy-task-definition, aws-actions/aws-lambda-deploy, google-github-actions/deploy-cloudrun, google-github-actions/deploy-appengine,
        google-github-actions/deploy-cloud-functions, akhileshns/heroku-deploy, einaregilsson/beanstalk-deploy, amondnet/vercel-action, cloudflare/wrangler-action, azurewebapp, azurermwebappdeployment, azurefunctionapp, azurecontainerapps,
        kubernetesmanifest, kubernetes, helmdeploy, orb:circleci/aws-ecs/deploy*, orb:circleci/kubernetes/*, orb:circleci/helm/*, orb:circleci/gcp-cloud-run/deploy, orb:circleci/heroku/deploy*, jenkins:openshiftdeploy, pipe:*deploy*, template:*/deploy*, bitovi/*deploy*, burnett01/rsync-deployments, digitalocean/app_action/deploy, railwayapp/*, elasticbeanstalk*, awslambda*""",
    Task.ROLLBACK: "*rollback*, jenkins:*rollback*",
}
LANGUAGES: Final[Mapping[str, frozenset[str]]] = {  # what analysers of one language, or a few, read
    "bandit": frozenset({"python"}), "dlint": frozenset({"python"}), "pysa": frozenset({"python"}), "pyre": frozenset({"python"}), "flake8": frozenset({"python"}), "ruff": frozenset({"python"}),
    "gosec": frozenset({"go"}), "golangci-lint": frozenset({"go"}), "brakeman": frozenset({"ruby"}), "dawn": frozenset({"ruby"}), "dawnscanner": frozenset({"ruby"}),
    "njsscan": frozenset({"javascript"}), "nodejsscan": frozenset({"javascript"}), "eslint": frozenset({"javascript"}), "xo": frozenset({"javascript"}),
    "mobsfscan": frozenset({"java", "kotlin", "swift"}), "findsecbugs": frozenset({"java", "kotlin", "scala"}), "spotbugs": frozenset({"java", "kotlin", "scala"}),
    "psalm": frozenset({"php"}), "progpilot": frozenset({"php"}), "phpcs": frozenset({"php"}), "phpstan": frozenset({"php"}),
    "security-scan": frozenset({"csharp"}), "securitycodescan": frozenset({"csharp"}), "flawfinder": frozenset({"c"}), "cppcheck": frozenset({"c"}), "detekt": frozenset({"kotlin"}), "swiftlint": frozenset({"swift"}), "rubocop": frozenset({"ruby"}),
    "mariana-trench": frozenset({"java", "kotlin"}),
}  # fmt: skip
IGNORED: Final[Mapping[str, str]] = {  # flags with which a finding stops nothing
    "bandit": "--exit-zero", "gosec": "-no-fail", "brakeman": "--no-exit-on-warn", "ruff": "--exit-zero|-e", "pylint": "--exit-zero", "flake8": "--exit-zero",
    "checkov": "--soft-fail|-s", "tfsec": "--soft-fail|-s", "gitleaks": "--exit-code=0", "safety": "--continue-on-error|--exit-zero", "zap-baseline": "-I", "zap-api-scan": "-I", "zap-full-scan": "-I",
    "trivy": "--exit-code=0", "mvn": "-Dmaven.test.failure.ignore*|-fn|--fail-never",
    "golangci-lint": "--issues-exit-code=0", "njsscan": "--exit-zero", "mobsfscan": "--no-fail",
}  # fmt: skip
STRICT: Final[Mapping[str, str]] = {  # flags without which a finding stops nothing
    "semgrep": "--error|--strict", "opengrep": "--error|--strict", "trivy": "--exit-code=*|--exit-on-eol*|--config*|-c*", "grype": "--fail-on*|-f*|--config*|-c*", "flawfinder": "--error-level*", "cppcheck": "--error-exitcode*",
}  # fmt: skip
