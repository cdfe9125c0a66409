// The heap of another process after a collection, through its inspector.

interface Answer {
  id?: number;
  result?: { usedSize?: number };
  error?: { message: string };
}

export class Heap {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      this.#waiting.get(answer.id ?? 0)?.(answer);
      this.#waiting.delete(answer.id ?? 0);
    });
  }

  /** Of a process that was started with `--inspect=127.0.0.1:port`. */
  static async of(port: number): Promise<Heap> {
    const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), { once: true });
    });
    return new Heap(socket);
  }

  /** MiB that are in use after a collection. */
  async used(): Promise<number> {
    // Twice: what the first one finalises is free after the second.
    for (let round = 0; round < 2; round += 1) await this.#ask('HeapProfiler.collectGarbage');
    const { result } = await this.#ask('Runtime.getHeapUsage');
    return (result?.usedSize ?? NaN) / 1024 / 1024;
  }

  close(): void {
    this.#socket.close();
  }

  async #ask(method: string): Promise<Answer> {
    const id = (this.#asked += 1);
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method }));
    const answer = await answered;
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer;
  }
}
