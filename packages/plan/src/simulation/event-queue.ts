/**
 * What is to happen, soonest first: a binary heap of times and numbers. What happens at the same time comes out in no
 * particular order, but always in the same one.
 */
export class EventQueue {
  #times = new Float64Array(1024);
  #subjects = new Int32Array(1024);
  #versions = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** When the next event is due; Infinity where there is none. */
  get time(): number {
    return this.#length === 0 ? Infinity : (this.#times[0] ?? Infinity);
  }

  /** What the next event is about. Only where there is one. */
  get subject(): number {
    return this.#subjects[0] ?? 0;
  }

  /** As it was given for the next event. Only where there is one. */
  get version(): number {
    return this.#versions[0] ?? 0;
  }

  /** @param subject what the event is about, and `version` which state of it: 32-bit integers */
  push(time: number, subject: number, version: number): void {
    if (this.#length === this.#times.length) this.#grow();
    let place = this.#length;
    this.#length += 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#timeAt(parent) <= time) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, time, subject, version);
  }

  /** Takes the next event out. */
  pop(): void {
    this.#length -= 1;
    const last = this.#length;
    const time = this.#timeAt(last);
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#timeAt(child + 1) < this.#timeAt(child)) child += 1;
      if (this.#timeAt(child) >= time) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, time, this.#subjects[last] ?? 0, this.#versions[last] ?? 0);
  }

  #timeAt(place: number): number {
    return this.#times[place] ?? 0;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#timeAt(from), this.#subjects[from] ?? 0, this.#versions[from] ?? 0);
  }

  #put(place: number, time: number, subject: number, version: number): void {
    this.#times[place] = time;
    this.#subjects[place] = subject;
    this.#versions[place] = version;
  }

  #grow(): void {
    const length = this.#times.length * 2;
    const [times, subjects, versions] = [this.#times, this.#subjects, this.#versions];
    this.#times = new Float64Array(length);
    this.#times.set(times);
    this.#subjects = new Int32Array(length);
    this.#subjects.set(subjects);
    this.#versions = new Int32Array(length);
    this.#versions.set(versions);
  }
}
