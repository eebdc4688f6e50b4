/* Of the site of plain files: keeps what was seen, so that it opens again without a network. */
const version = new URL(location.href).searchParams.get("version");
const { scope } = registration;
const prefix = `diffusion-explainer ${scope} `;
const cache_name = prefix + version;
const index = [scope, `${scope}index.html`];
const changing = ["api/model", "api/gallery"].map((path) => scope + path);

addEventListener("install", (event) => event.waitUntil(fill().then(() => skipWaiting())));

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

/** The page says what it has loaded before this worker was there. */
addEventListener("message", (event) => event.waitUntil(keep(event.data)));

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = request.url.split(/[?#]/)[0];
  if (request.method !== "GET" || !address.startsWith(scope)) return;
  if (request.mode === "navigate" && index.includes(address)) {
    event.waitUntil(tidy());
    event.respondWith(newest(scope, isIndex));
  } else if (changing.includes(address)) event.respondWith(newest(address, isFile));
  else event.respondWith(kept(request));
});

/** Every file of the page itself, so that parts not opened yet open too. */
async function fill() {
  const files = await (await fetch(`${scope}files.json`, { cache: "no-cache" })).json();
  const parts = files.filter((name) => name !== "index.html");
  await newest(scope, isIndex);
  await keep(parts.map((name) => scope + name));
}

/** Puts addresses into the cache that are not there; what the browser has itself is not fetched again. */
async function keep(addresses) {
  const cache = await caches.open(cache_name);
  for (const address of addresses) {
    if (!address.startsWith(scope) || (await cache.match(address))) continue;
    const response = await fetch(address, { cache: changing.includes(address) ? "no-cache" : "force-cache" });
    if (isFile(response)) await cache.put(address, response);
  }
}

/** Drops what other versions kept once the site is opened anew: while a tab of it is open, it may need them. */
async function tidy() {
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const changes = registration.installing ?? registration.waiting;
  if (changes || open.some(({ url }) => url.startsWith(scope))) return;
  for (const name of await caches.keys())
    if (name.startsWith(prefix) && name !== cache_name) await caches.delete(name);
}

/** From the network; without one, as it was last seen. */
async function newest(address, isRight) {
  const cache = await caches.open(cache_name);
  try {
    const response = await fetch(address, { cache: "no-cache" });
    if (await isRight(response)) await cache.put(address, response.clone());
    return response;
  } catch (error) {
    const found = await cache.match(address);
    if (found) return found;
    throw error;
  }
}

/** As it was first seen: these files never change within a version. A tab of an earlier version asks for its own. */
async function kept(request) {
  const cache = await caches.open(cache_name);
  const found = await cache.match(request.url);
  if (found) return found;
  const response = await fetch(request).catch(() => null);
  if (response && isFile(response)) await cache.put(request.url, response.clone());
  if (response?.ok) return response;
  return (await earlier(request.url)) ?? response ?? Response.error();
}

async function earlier(address) {
  for (const name of await caches.keys()) {
    const found = name.startsWith(prefix) && (await (await caches.open(name)).match(address));
    if (found) return found;
  }
  return undefined;
}

/** True for a whole file of the site, false for what a host or a hotspot shows in its place. */
function isFile(response) {
  return response.status === 200 && !isPage(response);
}

/** True for the page of the site itself, with the answers that are brought along. */
async function isIndex(response) {
  return response.status === 200 && isPage(response) && (await response.clone().text()).includes('id="answers"');
}

function isPage(response) {
  return response.headers.get("content-type")?.includes("text/html") ?? false;
}
