import { expect, type Locator, type Page } from "@playwright/test";
import type { TraceFile } from "../../frontend/src/wire/trace";
import { upgraded } from "../../frontend/src/wire/version-1";

/** The explorer as a reader handles it. */
export class ExplorerPage {
  readonly prompt: Locator;
  readonly film: Locator;
  readonly status: Locator;

  constructor(readonly page: Page) {
    this.prompt = page.getByRole("textbox", { name: "Prompt", exact: true });
    this.film = page.getByRole("slider", { name: "Step", exact: true });
    this.status = page.locator(".status").first();
  }

  /** Opens the page and waits for its first run, until that has the step which the link names and then stays there. */
  async open(hash = ""): Promise<void> {
    await this.page.goto(`./${hash}`);
    await this.shown();
    const step = new URLSearchParams(hash.slice(1)).get("step");
    if (step) await expect(this.film).toHaveAttribute("aria-valuenow", step);
  }

  /** Waits for a run on the page, in the page's own letters. */
  async shown(): Promise<void> {
    await expect(this.page.getByText(/^t = \d+/).first()).toBeVisible();
    await this.page.evaluate(() => document.fonts.ready.then(() => {}));
  }

  /** Types a prompt and waits until its last step is shown. */
  async draw(prompt: string): Promise<void> {
    await this.prompt.fill(prompt);
    await this.prompt.press("Enter");
    await this.page.waitForURL((url) => new URLSearchParams(url.hash.slice(1)).get("prompt") === prompt);
    await this.drawn();
  }

  async drawn(): Promise<void> {
    await expect(this.page.getByRole("button", { name: "Draw", exact: true })).toBeVisible();
    await expect(this.page.getByRole("button", { name: "Cancel", exact: true })).toBeHidden();
  }

  /** The step shown, counted from 1, and how many there are. */
  async step(): Promise<[step: number, rows: number]> {
    const step = Number(await this.film.getAttribute("aria-valuenow"));
    return [step, Number(await this.film.getAttribute("aria-valuemax"))];
  }

  /** The pixels of a tile, so that two states can be told apart. */
  async pixels(name: string | RegExp): Promise<string> {
    const canvas = this.page.getByRole("img", { name }).locator("canvas");
    return canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  }
}

/** What the server says of a run, or of runs that belong together, once they are drawn. */
export async function finished(page: Page, noun: string, request: unknown) {
  let answer: { id: string; status: string } = { id: "", status: "" };
  await expect
    .poll(async () => {
      answer = await (await page.request.post(`./api/${noun}`, { data: request })).json();
      return answer.status;
    })
    .toBe("done");
  return (await page.request.get(`./api/${noun}/${answer.id}`)).json();
}

/** A stored run of the server behind the page, as the page reads it. */
export async function storedTrace(page: Page, id: string): Promise<TraceFile> {
  const response = await page.request.get(`./api/traces/${id}/files/trace.json`);
  return upgraded(await response.json());
}

/** Whatever goes wrong on the page from now on, shown or not. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return errors;
}
