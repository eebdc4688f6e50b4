import type { Picture } from "../../drawing/picture";

/** What a grid shows, row by row; pictures that are not there stay empty. */
export interface PicturedGrid {
  rows: string[];
  columns: string[];
  pictures: (Picture | null)[];
  /** Starting noises beside the rows, or above the columns. */
  row_heads: (Picture | null)[] | null;
  column_heads: (Picture | null)[] | null;
  caption: string;
}

const cell = 128;
const gap = 8;
const margin = 24;
const label = 128;
const line = 20;
const most_lines = 3;
const [paper, ink, soft] = ["#FAF9F6", "#1C1B19", "#5C5A55"];

/** A grid as one PNG, drawn here: no server is asked. Gives an address to load it from. */
export async function picturedGrid(grid: PicturedGrid): Promise<string> {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d")!;
  const font = "15px Inter, system-ui, sans-serif";
  context.font = font;
  const lines = (text: string, width: number) =>
    wrapped(text, width, (part) => context.measureText(part).width).slice(0, most_lines);
  const left = margin + label + gap + (grid.row_heads ? cell + gap : 0);
  const heading = Math.max(...grid.columns.map((text) => lines(text, cell).length)) * line;
  const top = margin + heading + gap + (grid.column_heads ? cell + gap : 0);
  canvas.width = left + grid.columns.length * (cell + gap) - gap + margin;
  const bottom = top + grid.rows.length * (cell + gap);
  canvas.height = bottom + 2 * line + margin;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = font;
  context.textBaseline = "top";

  const write = (text: string, x: number, y: number, width: number, colour = ink) => {
    context.fillStyle = colour;
    lines(text, width).forEach((part, i) => context.fillText(part, x, y + i * line));
  };
  grid.columns.forEach((text, column) => write(text, left + column * (cell + gap), margin, cell));
  grid.rows.forEach((text, row) => write(text, margin, top + row * (cell + gap), label));
  write(grid.caption, margin, bottom + gap, canvas.width - 2 * margin, soft);

  const places = grid.pictures.map((picture, i) => {
    const [row, column] = [Math.floor(i / grid.columns.length), i % grid.columns.length];
    return { picture, x: left + column * (cell + gap), y: top + row * (cell + gap) };
  });
  grid.row_heads?.forEach((picture, row) =>
    places.push({ picture, x: left - cell - gap, y: top + row * (cell + gap) }),
  );
  grid.column_heads?.forEach((picture, column) =>
    places.push({ picture, x: left + column * (cell + gap), y: top - cell - gap }),
  );
  await Promise.all(places.map(({ picture, x, y }) => picture && place(context, picture, x, y)));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  return URL.createObjectURL(blob!);
}

async function place(context: CanvasRenderingContext2D, { image, frame }: Picture, x: number, y: number) {
  await image.decode().catch(() => {});
  if (!image.naturalWidth) return;
  const part = frame ?? { x: 0, y: 0, width: image.naturalWidth, height: image.naturalHeight };
  context.drawImage(image, part.x, part.y, part.width, part.height, x, y, cell, cell);
}

/** Text in lines that fit a width. */
export function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (lines.at(-1) && measure(longer) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
