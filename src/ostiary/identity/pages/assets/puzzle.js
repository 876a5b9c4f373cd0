// Solves the proof of work that the server asks for, in the background, and lets the form be sent once it is done.
//
// A puzzle is PBKDF2 over a counter: the counter whose key begins with the given prefix is the solution (ALTCHA version 2).

const place = document.querySelector("[data-puzzle]");

if (place) solve(place, JSON.parse(place.dataset.puzzle)).catch(() => {
  place.querySelector("[data-puzzle-says]").textContent = "The puzzle could not be solved here. Load the page anew.";
});

async function solve(where, challenge) {
  const form = where.closest("form");
  const button = form.querySelector("button");
  const says = where.querySelector("[data-puzzle-says]");
  button.disabled = true;
  says.textContent = "Your browser is working on a puzzle that keeps programs from guessing. This takes some seconds.";
  const started = performance.now();
  const solution = await search(challenge.parameters);
  const answer = { challenge, solution: { ...solution, time: Math.round(performance.now() - started) } };
  where.querySelector("input[name=captcha]").value = btoa(JSON.stringify(answer));
  says.textContent = "Done. Type your password again and go on.";
  button.disabled = false;
}

async function search({ nonce, salt, cost, keyLength, keyPrefix }) {
  const seed = fromHex(nonce);
  for (let counter = 0; counter < 1e7; counter += 1) {
    const password = new Uint8Array(seed.length + 4);
    password.set(seed);
    new DataView(password.buffer).setUint32(seed.length, counter);
    const key = await derive(password, fromHex(salt), cost, keyLength);
    if (key.startsWith(keyPrefix)) return { counter, derivedKey: key };
  }
  throw new Error("no solution");
}

async function derive(password, salt, iterations, length) {
  const material = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, material, length * 8);
  return [...new Uint8Array(bits)].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (each) => Number.parseInt(each, 16));
}
