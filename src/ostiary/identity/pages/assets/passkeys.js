// A form marked data-passkey makes or uses a passkey; without WebAuthn it stays hidden, and the page works as before.
//
//   <form hidden data-passkey="get" data-options="/passkeys/options" data-answer="/sessions/passkey" data-next="/account">
//     <button>Sign in with a passkey</button>
//     <p role="alert" data-passkey-says></p>
//   </form>
//
// "get" uses one, "create" makes one (a field called "name" says what it is called). Anything marked data-passkey-absent
// shows where browsers know no passkeys. data-fresh is where to go when the server wants to see first that it is you.

const said = {
  NotAllowedError: "Nothing was confirmed, or it took too long. You can try again.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "The browser does not allow passkeys at this address.",
  NotSupportedError: "This device cannot make a passkey that is unlocked by you.",
  ConstraintError: "This device cannot make a passkey that is unlocked by you.",
  AbortError: "It was interrupted. You can try again.",
  TypeError: "The server cannot be reached. You can try again.",
};

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

function text(buffer) {
  let plain = "";
  for (const each of new Uint8Array(buffer)) plain += String.fromCharCode(each);
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? "That was refused.");
    this.needs = problem.needs;
  }
}

async function post(path, body) {
  const reply = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    redirect: "error",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const read = reply.status === 204 ? {} : await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(read);
  return read;
}

const known = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

async function use(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return written(found, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle === null || userHandle.byteLength === 0 ? null : text(userHandle),
  });
}

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  });
  return written(made, {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

const written = (credential, response) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
  response,
  clientExtensionResults: {},
});

async function run(form) {
  const { passkey, options, answer } = form.dataset;
  const asked = await post(options);
  const body = { credential: passkey === "create" ? await make(asked) : await use(asked) };
  const name = form.elements.namedItem("name")?.value.trim();
  if (passkey === "create" && name) body.name = name;
  await post(answer, body);
}

function prepare(form) {
  const says = form.querySelector("[data-passkey-says]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    says.textContent = "";
    try {
      await run(form);
      location.assign(form.dataset.next);
    } catch (error) {
      if (error.needs === "fresh" && form.dataset.fresh) {
        location.assign(form.dataset.fresh);
        return;
      }
      says.textContent = error instanceof Refused ? error.message : (said[error.name] ?? "That did not work. You can try again.");
    } finally {
      form.ariaBusy = "false";
    }
  });
}

const able = window.isSecureContext && typeof window.PublicKeyCredential === "function" && navigator.credentials !== undefined;
for (const form of document.querySelectorAll("form[data-passkey]")) if (able) prepare(form);
for (const each of document.querySelectorAll("[data-passkey-absent]")) each.hidden = able;
