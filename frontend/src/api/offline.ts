/**
 * Lets a service worker keep a site of plain files for when there is no network. Called once the first run is shown,
 * so that it delays nothing; what was loaded before is handed over to it.
 */
export async function keepOffline(worker: string): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(worker);
  const { active } = await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  active?.postMessage([...new Set(loaded)]);
}
