"""Packages and frameworks of well-known libraries, so that what they do is not taken for what the app does."""

from __future__ import annotations

from typing import Final

_PACKAGES: Final = (
    "android.", "androidx.", "java.", "javax.", "dalvik.", "sun.", "kotlin.", "kotlinx.", "scala.", "org.jetbrains.",
    "com.google.", "com.facebook.", "com.android.support.", "com.squareup.", "okhttp3.", "okio.", "retrofit2.", "dagger.",
    "io.reactivex.", "rx.", "org.reactivestreams.", "hilt_aggregated_deps.", "com.bumptech.glide.", "com.airbnb.lottie.",
    "coil.", "io.ktor.", "org.koin.", "timber.", "leakcanary.", "butterknife.", "de.greenrobot.", "org.greenrobot.",
    "org.apache.", "org.json.", "org.xmlpull.", "org.w3c.", "org.xml.", "org.slf4j.", "ch.qos.", "org.bouncycastle.",
    "org.spongycastle.", "com.fasterxml.", "com.github.", "io.github.", "com.jakewharton.", "net.sqlcipher.", "io.realm.",
    "io.jsonwebtoken.", "com.auth0.", "com.nimbusds.", "org.jose4j.", "net.openid.", "com.microsoft.", "com.amazonaws.",
    "com.amazon.", "com.azure.", "com.stripe.", "com.razorpay.", "com.paypal.", "com.braintreepayments.", "com.payu.",
    "com.adjust.", "com.appsflyer.", "com.flurry.", "com.mixpanel.", "com.segment.", "com.onesignal.", "com.urbanairship.",
    "com.applovin.", "com.unity3d.", "com.ironsource.", "com.vungle.", "com.chartboost.", "com.inmobi.", "com.mopub.",
    "com.crashlytics.", "io.fabric.", "io.sentry.", "com.bugsnag.", "com.datadog.", "com.newrelic.", "com.instabug.",
    "com.huawei.", "com.tencent.", "com.alibaba.", "com.alipay.", "com.baidu.", "com.umeng.", "com.xiaomi.", "com.twitter.",
    "com.linkedin.", "com.vk.", "com.yandex.", "com.zendesk.", "io.intercom.", "io.flutter.", "io.invertase.", "com.reactnative",
    "com.swmansion.", "com.th3rdwave.", "com.horcrux.", "com.oblador.", "com.learnium.", "com.rnfs.", "expo.", "host.exp.",
    "org.chromium.", "org.webrtc.", "org.tensorflow.", "org.opencv.", "org.mozilla.", "com.neovisionaries.", "junit.", "org.junit.",
    "org.hamcrest.", "org.mockito.", "com.journeyapps.", "me.leolin.", "uk.co.chrisjenx.", "com.nineoldandroids.", "mono.", "crc64",
    "xamarin.", "opentk.", "org.apache.cordova.", "com.getcapacitor.", "com.ionicframework.", "com.datatheorem.android.trustkit.",
)  # fmt: skip
_FRAMEWORKS: Final = (
    "libswift", "Firebase", "Google", "GTM", "FBSDK", "FBL", "nanopb", "Promises", "Alamofire", "AFNetworking", "SDWebImage",
    "Kingfisher", "Realm", "RxSwift", "RxCocoa", "Lottie", "SnapKit", "Stripe", "Sentry", "Crashlytics", "Flutter", "hermes",
    "React", "Starscream", "Moya", "TrustKit", "AppAuth", "KeychainAccess", "SwiftKeychainWrapper", "Mixpanel", "Amplitude",
    "Adjust", "AppsFlyer", "OneSignal", "Braintree", "PayPal", "Razorpay", "GoogleMaps", "Cordova", "Capacitor", "Mono", "Bolts",
)  # fmt: skip


def is_library(name: str, app: str = "") -> bool:
    """Whether a class is of a library that is known by its name.

    :param app: the app's own id, whose classes are its own whatever they are called.
    """
    return name.startswith(_PACKAGES) and not (app and name.startswith(f"{app}."))


def is_framework(path: str) -> bool:
    """Whether a member of an iOS app is of a framework that is known by its name."""
    return path.rpartition("/")[2].startswith(_FRAMEWORKS)
