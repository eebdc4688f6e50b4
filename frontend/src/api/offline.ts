/**
 * Lets a service worker keep a site of plain files for when there is no network. Called once the first run is shown,
 * so that it delays nothing; what was loaded before is handed over to it. `onnewer`: the worker of another version of
 * the site has taken over.
 */
export async function keepOffline(worker: string, onnewer: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const own = new URL(worker, location.href).href;
  serviceWorker.addEventListener("controllerchange", () => {
    if (serviceWorker.controller && serviceWorker.controller.scriptURL !== own) onnewer();
  });
  await serviceWorker.register(worker);
  const { active } = await serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  active?.postMessage([...new Set(loaded)]);
}
