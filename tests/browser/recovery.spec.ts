import { expect, test, type Request } from "@playwright/test";
import { ExplorerPage, watchErrors } from "./page";

test("a mangled link opens the page and says what was left out", async ({ page }) => {
  const errors = watchErrors(page);
  const explorer = new ExplorerPage(page);
  await explorer.open("#prompt=a+red+apple&steps=2&seed=x&branched_from=[null]");
  await expect(page.getByRole("alert")).toContainText("It was opened without seed, branched_from.");
  await explorer.drawn();
  expect(errors).toEqual([]);
});

test("Enter twice draws once and to the end", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.route("**/api/traces", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await explorer.prompt.fill("a castle in the rain");
  await explorer.prompt.press("Enter");
  await page.waitForTimeout(60);
  await explorer.prompt.press("Enter");
  await explorer.drawn();
  const [step, rows] = await explorer.step();
  expect(step).toBe(rows);
  await expect(explorer.status).not.toContainText("Stopped");
});

test("whatever the page follows comes on one stream", async ({ page }) => {
  const streams = new Set<Request>();
  const addresses = new Set<string>();
  page.on("request", (request) => {
    if (request.resourceType() !== "eventsource") return;
    streams.add(request);
    addresses.add(new URL(request.url()).pathname);
  });
  for (const end of ["requestfinished", "requestfailed"] as const)
    page.on(end, (request: Request) => void streams.delete(request));
  const explorer = new ExplorerPage(page);
  await page.goto("./#prompt=a+blue+boat&seed=5&steps=100&compare=a+red+boat&compare_c=a+boat+in+the+snow");
  await expect(page.getByText(/Drawing step [2-9]/).first()).toBeVisible();
  await expect.poll(() => streams.size).toBe(1);
  expect([...addresses]).toEqual(["/api/events"]);
  await page.getByRole("button", { name: "Cancel", exact: true }).first().click();
  await expect(explorer.status).toContainText("Stopped");
  await expect.poll(() => streams.size).toBe(0);
});

test("a part that cannot be loaded says so, and the rest of the page goes on", async ({ page }) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.route("**/assets/Comparing-*.js", (route) => route.abort());
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button").last().click();
  await expect(page.getByRole("alert")).toContainText("This part could not be shown.");
  await page.keyboard.press("Home");
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
  await page.unroute("**/assets/Comparing-*.js");
  await page.getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toBeVisible();
});

test("a file of the page that is gone is said, and a reload comes back to what was shown", async ({
  page,
}) => {
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await page.route("**/assets/Comparing-*.js", (route) => route.abort());
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("dialog").getByRole("button").last().click();
  const note = page.getByRole("status").filter({ hasText: "Part of this page could not be loaded." });
  await expect(note).toBeVisible();
  await page.unroute("**/assets/Comparing-*.js");
  await page.keyboard.press("Home");
  await note.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByRole("textbox", { name: "Prompt B" })).toBeVisible();
  await expect(explorer.film).toHaveAttribute("aria-valuenow", "1");
  await expect(note).toHaveCount(0);
});

test("a picture that the safety checker withheld is said to be", async ({ page }) => {
  await page.route("**/trace.json", async (route) => {
    const trace = await (await route.fetch()).json();
    await route.fulfill({ json: { ...trace, withheld: true } });
  });
  const explorer = new ExplorerPage(page);
  await explorer.open();
  await expect(page.getByText("safety checker withheld this picture")).toBeVisible();
});
