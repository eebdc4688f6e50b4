import { joined, littleEndian, text } from "./bytes";
import { crc32 } from "./crc";

const utf8_names = 0x0800;
const first_of_january_1980 = 0x0021;

/** Files as one .zip, not compressed: pictures and float16 numbers hardly shrink. */
export function zip(files: Map<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const [bodies, directory] = [[] as Uint8Array[], [] as Uint8Array[]];
  let at = 0;
  for (const [path, content] of files) {
    const name = text(path);
    const described = joined([
      littleEndian(20, 2),
      littleEndian(utf8_names, 2),
      littleEndian(0, 4), // stored; no time of day
      littleEndian(first_of_january_1980, 2),
      littleEndian(crc32(content), 4),
      littleEndian(content.length, 4),
      littleEndian(content.length, 4),
      littleEndian(name.length, 2),
      littleEndian(0, 2),
    ]);
    const body = joined([text("PK\x03\x04"), described, name, content]);
    bodies.push(body);
    directory.push(
      joined([
        text("PK\x01\x02"),
        littleEndian(20, 2),
        described,
        littleEndian(0, 10),
        littleEndian(at, 4),
        name,
      ]),
    );
    at += body.length;
  }
  const listed = joined(directory);
  const end = joined([
    text("PK\x05\x06"),
    littleEndian(0, 4),
    littleEndian(files.size, 2),
    littleEndian(files.size, 2),
    littleEndian(listed.length, 4),
    littleEndian(at, 4),
    littleEndian(0, 2),
  ]);
  return joined([...bodies, listed, end]);
}
