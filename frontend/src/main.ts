import { mount } from "svelte";
import { Api } from "./api/api";
import { keepOffline } from "./api/offline";
import { problemOf } from "./api/problem-error";
import App from "./page/App.svelte";
import "./app.css";
import { setScales } from "./drawing/scales";
import { rooms } from "./page/rooms";
import { Page } from "./state/page.svelte";
import { TrajectoryPlane } from "./features/trajectory/trajectory-plane.svelte";
import { mangledIn, readLink } from "./state/link";
import { mangledLink } from "./state/notice.svelte";
import { open } from "./state/opening";
import { Sharing } from "./features/sharing/sharing.svelte";
import { Theme } from "./features/header/theme.svelte";

setScales(document.documentElement.style);
const api = new Api(JSON.parse(document.getElementById("answers")?.textContent ?? "{}"));
const page = new Page(api, rooms);
const sharing = new Sharing(api, page);
const plane = new TrajectoryPlane(api);
const embedded = new URLSearchParams(location.search).has("embed");
const theme = new Theme(document.documentElement);
setTimeout(() => {
  mount(App, { target: document.getElementById("app")!, props: { page, sharing, plane, theme, embedded } });
});
page.notice.problem = mangledLink(mangledIn(location.hash));
addEventListener("vite:preloadError", () => (page.incomplete = true));
void open(page, api, readLink(location.hash, rooms))
  .catch((error: unknown) => (page.notice.problem = problemOf(error)))
  .then(() => {
    const worker = page.source.card?.service_worker;
    // A browser that forbids it shows the site all the same.
    if (worker) void keepOffline(worker, () => (page.newer = true)).catch(() => {});
  });
