/* Of the site of plain files: keeps what was seen, so that it opens again without a network. */
const version = new URL(location.href).searchParams.get("version");
const prefix = `diffusion-explainer ${registration.scope} `;
const cache_name = prefix + version;
const changing = ["api/model", "api/gallery"].map((path) => registration.scope + path);

addEventListener("install", (event) => event.waitUntil(fill().then(() => skipWaiting())));

addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));

/** The page says what it has loaded before this worker was there. */
addEventListener("message", (event) => event.waitUntil(keep(event.data)));

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(registration.scope)) return;
  if (request.mode === "navigate") event.respondWith(newest(request, registration.scope));
  else if (changing.includes(request.url)) event.respondWith(newest(request, request.url));
  else event.respondWith(kept(request));
});

/** Every file of the page itself, so that parts not opened yet open too. */
async function fill() {
  const files = await (await fetch(`${registration.scope}files.json`, { cache: "no-cache" })).json();
  const parts = files.filter((name) => name !== "index.html");
  await keep([registration.scope, ...parts.map((name) => registration.scope + name)]);
}

/** Puts addresses into the cache that are not there; what the browser has itself is not fetched again. */
async function keep(addresses) {
  const cache = await caches.open(cache_name);
  for (const address of addresses) {
    const mode = address === registration.scope || changing.includes(address) ? "no-cache" : "force-cache";
    if (address.startsWith(registration.scope) && !(await cache.match(address)))
      await cache.add(new Request(address, { cache: mode }));
  }
}

/** Drops what earlier versions of this site kept. */
async function tidy() {
  for (const name of await caches.keys())
    if (name.startsWith(prefix) && name !== cache_name) await caches.delete(name);
}

/** From the network; without one, as it was last seen. */
async function newest(request, address) {
  const cache = await caches.open(cache_name);
  try {
    const response = await fetch(request.url, { cache: "no-cache" });
    if (response.ok) await cache.put(address, response.clone());
    return response;
  } catch (error) {
    const found = await cache.match(address);
    if (found) return found;
    throw error;
  }
}

/** As it was first seen: these files never change within a version. */
async function kept(request) {
  const cache = await caches.open(cache_name);
  const found = await cache.match(request.url);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && response.status === 200) await cache.put(request.url, response.clone());
  return response;
}
