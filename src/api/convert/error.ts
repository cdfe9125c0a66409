// The only error a conversion throws: it names the object, the field and what to do.

export class ConversionError extends Error {
  /** namespace/name, as far as the object has them. */
  readonly object: string;
  readonly field: string;
  constructor(object: string, field: string, problem: string) {
    super(`cannot convert ${object}: ${field}: ${problem}`);
    this.name = 'ConversionError';
    this.object = object;
    this.field = field;
  }
}
