/** Room for the packages of words: some 40 kB for each of 100,000, which a search needs a few times. */
import { clearPlaces, newPlaces, type Places } from './places.ts';

/** What waits for the next search. */
const MOST = 32;

export class PlacesPool {
  #ranks = 0;
  #lent: Places[] = [];
  #free: Places[] = [];

  /**
   * @param ranks as for `newPlaces`
   * @returns what is empty, and is taken back by `reclaim`: whoever sets bits of it marks their windows
   */
  take(ranks: number): Places {
    if (ranks !== this.#ranks) {
      this.#ranks = ranks;
      this.#lent = [];
      this.#free = [];
    }
    const places = this.#free.pop() ?? newPlaces(ranks);
    this.#lent.push(places);
    return places;
  }

  /** It is not taken back: somebody keeps it. */
  leave(places: Places): void {
    this.#lent = this.#lent.filter((lent) => lent !== places);
  }

  /** Takes back what was lent: nobody looks at it any more. */
  reclaim(): void {
    for (const places of this.#lent.splice(0)) {
      if (this.#free.length === MOST) return;
      clearPlaces(places);
      this.#free.push(places);
    }
  }
}
