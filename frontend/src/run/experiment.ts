/** The settings that a grid may vary. */
export const grid_settings = [
  "seed",
  "guidance_scale",
  "steps",
  "scheduler",
  "prompt",
  "negative_prompt",
] as const;
export type GridSetting = (typeof grid_settings)[number];

/** A setting and the values that it takes. */
export interface Axis {
  setting: GridSetting;
  values: (string | number)[];
}

/** Many runs at once: the prompt without each of its words, or every combination of two settings. */
export type Experiment = { name: "words" } | { name: "grid"; rows: Axis; columns: Axis };

const numeric = new Set<GridSetting>(["seed", "guidance_scale", "steps"]);

/** An experiment as parameters of an address. */
export function writeExperiment(parameters: URLSearchParams, experiment: Experiment): void {
  parameters.set("view", experiment.name);
  if (experiment.name !== "grid") return;
  for (const side of ["rows", "columns"] as const) {
    parameters.set(side, experiment[side].setting);
    for (const value of experiment[side].values) parameters.append(`${side}_value`, String(value));
  }
}

/** Reads such parameters; null where they make no experiment. */
export function readExperiment(parameters: URLSearchParams): Experiment | null {
  const name = parameters.get("view");
  if (name === "words") return { name };
  const [rows, columns] = [readAxis(parameters, "rows"), readAxis(parameters, "columns")];
  return name === "grid" && rows && columns && rows.setting !== columns.setting
    ? { name, rows, columns }
    : null;
}

function readAxis(parameters: URLSearchParams, side: string): Axis | null {
  const setting = grid_settings.find((one) => one === parameters.get(side));
  if (!setting) return null;
  const values = axisValues(setting, parameters.getAll(`${side}_value`));
  return values.length > 0 ? { setting, values } : null;
}

/** Texts as values of a setting, each once; what is no number is left out where numbers are wanted. */
export function axisValues(setting: GridSetting, texts: string[]): (string | number)[] {
  const said = texts
    .map((text) => text.trim())
    .filter((text) => text !== "" || setting === "negative_prompt");
  const values = numeric.has(setting) ? said.map(Number).filter(Number.isFinite) : said;
  return [...new Set<string | number>(values)];
}

/** Which sides of a grid a starting noise heads: that of the seeds. */
export function gridHeads({ rows, columns }: { rows: Axis; columns: Axis }): {
  rows: boolean;
  columns: boolean;
} {
  return { rows: rows.setting === "seed", columns: columns.setting === "seed" };
}

/** What stands between values as they are typed: prompts may hold commas. */
export function separator(setting: GridSetting): string {
  return setting === "prompt" || setting === "negative_prompt" ? "|" : ",";
}

/** A value with the name of its setting; a prompt says what it is. */
export function settingText(setting: GridSetting, value: string | number, name: string): string {
  if (setting === "prompt" || setting === "scheduler") return String(value);
  return `${name.toLowerCase()} ${value === "" ? "none" : value}`;
}
