/** Numbers, first in first out. */
export class NumberQueue {
  #numbers = new Int32Array(16);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) this.#grow();
    this.#numbers[(this.#first + this.#length) % this.#numbers.length] = number;
    this.#length += 1;
  }

  /** Takes out the first. Only where there is one. */
  shift(): number {
    const number = this.#numbers[this.#first] ?? 0;
    this.#first = (this.#first + 1) % this.#numbers.length;
    this.#length -= 1;
    return number;
  }

  #grow(): void {
    const numbers = new Int32Array(this.#numbers.length * 2);
    numbers.set(this.#numbers.subarray(this.#first));
    numbers.set(this.#numbers.subarray(0, this.#first), this.#numbers.length - this.#first);
    this.#numbers = numbers;
    this.#first = 0;
  }
}
