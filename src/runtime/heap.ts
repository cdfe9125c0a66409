// Binary min-heap of keys by time, for deadlines. Entries are never removed from the middle: whoever reads the top decides
// whether it still counts.

export interface Timed {
  at: number;
  key: string;
}

export class TimeHeap {
  readonly #items: Timed[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Timed | undefined {
    return this.#items[0];
  }

  push(item: Timed): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] as Timed;
      if (above.at <= item.at) break;
      items[index] = above;
      index = parent;
    }
    items[index] = item;
  }

  pop(): Timed | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return top;
  }

  #sink(item: Timed): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= items.length) break;
      const right = items[child + 1];
      if (right !== undefined && right.at < (items[child] as Timed).at) child += 1;
      const below = items[child] as Timed;
      if (below.at >= item.at) break;
      items[index] = below;
      index = child;
    }
    items[index] = item;
  }
}
