/** Who serves which connections, so that all processes have as many. */
export class Connections<Member extends object> {
  readonly #byMember = new Map<Member, Map<number, () => void>>();
  #lastId = 0;

  /** The one with the fewest connections, of those with as few the one that has waited longest; undefined: there is none. */
  leastOf(members: Iterable<Member>): Member | undefined {
    let least: Member | undefined;
    for (const member of this.#inOrder(members))
      if (least === undefined || this.countOf(member) < this.countOf(least)) least = member;
    return least;
  }

  /**
   * @param onGone called once the connection has ended
   * @returns what it is called from now on
   */
  begin(member: Member, onGone: () => void): number {
    this.#lastId += 1;
    const connections = this.#byMember.get(member) ?? new Map<number, () => void>();
    connections.set(this.#lastId, onGone);
    // The one that has just got one is the last in turn.
    this.#byMember.delete(member);
    this.#byMember.set(member, connections);
    return this.#lastId;
  }

  end(member: Member, id: number): void {
    const connections = this.#byMember.get(member);
    connections?.get(id)?.();
    connections?.delete(id);
  }

  /** Ends all that a process had that is gone. */
  endAll(member: Member): void {
    const connections = this.#byMember.get(member);
    this.#byMember.delete(member);
    for (const onGone of connections?.values() ?? []) onGone();
  }

  countOf(member: Member): number {
    return this.#byMember.get(member)?.size ?? 0;
  }

  /** Those that have more than their share of all connections, and how many more. */
  excessOf(members: Iterable<Member>): [Member, number][] {
    const all = [...members];
    const total = all.reduce((sum, member) => sum + this.countOf(member), 0);
    const share = Math.ceil(total / all.length);
    return all
      .map((member): [Member, number] => [member, this.countOf(member) - share])
      .filter(([, excess]) => excess > 0);
  }

  /** Those that have never had any first, then by when they last got one. */
  #inOrder(members: Iterable<Member>): Member[] {
    const all = new Set(members);
    const seen = [...this.#byMember.keys()].filter((member) => all.has(member));
    return [...[...all].filter((member) => !this.#byMember.has(member)), ...seen];
  }
}
