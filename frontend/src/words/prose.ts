/** A stretch of running text. */
export type Piece =
  | { kind: "plain" | "strong" | "term" | "quantity"; text: string }
  | { kind: "link"; text: string; address: string };

const marked = /\*\*(.+?)\*\*|\*(.+?)\*|\{(\w+)\}|\[(.+?)\]\((.+?)\)/g;

/** Reads **bold**, *a term*, {a quantity} and [a link](to somewhere) out of a text. */
export function prose(source: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of source.matchAll(marked)) {
    if (match.index > end) pieces.push({ kind: "plain", text: source.slice(end, match.index) });
    pieces.push(pieceOf(match));
    end = match.index + match[0].length;
  }
  if (end < source.length) pieces.push({ kind: "plain", text: source.slice(end) });
  return pieces;
}

function pieceOf([, strong, term, quantity, text, address]: RegExpMatchArray): Piece {
  if (strong) return { kind: "strong", text: strong };
  if (term) return { kind: "term", text: term };
  if (quantity) return { kind: "quantity", text: quantity };
  return { kind: "link", text: text ?? "", address: address ?? "" };
}
