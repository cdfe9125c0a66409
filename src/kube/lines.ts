// Cuts a byte stream into lines. Works on bytes, so a character split between two chunks stays whole, and joins the pieces
// of a long line once, when its end has come.

const NEWLINE = 0x0a;

export class LineSplitter {
  #pieces: Buffer[] = [];

  /** Lines that end in this chunk, without their newline; empty ones are left out. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#join(chunk.subarray(start, end));
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#pieces.push(chunk.subarray(start));
    return lines;
  }

  #join(last: Buffer): Buffer {
    if (this.#pieces.length === 0) return last;
    const line = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    return line;
  }
}
