/**
 * Lets a service worker keep a site of plain files for when there is no network. Called once the first run is shown,
 * so that it delays nothing; what was loaded before is handed over to it. `onnewer`: another tab has installed the
 * worker of another version of the site; when it takes over is the browser's choice, and may be minutes later.
 */
export async function keepOffline(worker: string, onnewer: () => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const own = new URL(worker, location.href).href;
  const registration = await serviceWorker.register(worker);
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && installing.scriptURL !== own) onnewer();
    });
  });
  const { active } = await serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  active?.postMessage([...new Set(loaded)]);
}
