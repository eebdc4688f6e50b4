import { mount } from "svelte";
import { Api } from "./api/api";
import { keepOffline } from "./api/offline";
import App from "./page/App.svelte";
import "./app.css";
import { Explorer } from "./state/explorer.svelte";
import { readLink } from "./state/link";
import { open } from "./state/opening";
import { Sharing } from "./features/sharing/sharing.svelte";
import { Theme } from "./state/theme.svelte";

const api = new Api(JSON.parse(document.getElementById("answers")?.textContent ?? "{}"));
const explorer = new Explorer(api);
const sharing = new Sharing(api, explorer);
const embedded = new URLSearchParams(location.search).has("embed");
const theme = new Theme(document.documentElement);
setTimeout(() => {
  mount(App, { target: document.getElementById("app")!, props: { explorer, sharing, theme, embedded } });
});
void open(explorer, api, readLink(location.hash)).then(() => {
  const worker = explorer.card?.service_worker;
  if (worker) void keepOffline(worker).catch(() => {}); // a browser that forbids it shows the site all the same
});
