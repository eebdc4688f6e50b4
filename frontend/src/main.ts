import { mount } from "svelte";
import { Api } from "./api/api";
import App from "./App.svelte";
import "./app.css";
import { Explorer } from "./state/explorer.svelte";
import { readLink } from "./state/link";
import { Theme } from "./state/theme.svelte";

const explorer = new Explorer(new Api());
const theme = new Theme(document.documentElement);
mount(App, { target: document.getElementById("app")!, props: { explorer, theme } });
void explorer.open(readLink(location.hash));
