/** Who is who: each participant's label as it is known now, and a colour that stays. */

/** @import { Participant } from "./types.js" */

const COLOURS = 8;

export class Speakers {
  /** @type {Map<string, {label: string, colour: number}>} */
  #known = new Map();

  /**
   * What the call's newest status says; it knows of renamings that segments do not.
   * @param {Participant[]} participants
   * @returns {boolean} whether a label has changed
   */
  learn(participants) {
    let changed = false;
    for (const { id, label } of participants) {
      const known = this.#known.get(id);
      if (!known) this.#add(id, label);
      else if (known.label !== label) {
        known.label = label;
        changed = true;
      }
    }
    return changed;
  }

  /** @param {Participant} participant */
  label(participant) {
    return (this.#known.get(participant.id) ?? this.#add(participant.id, participant.label)).label;
  }

  /**
   * The class that gives an element the participant's colour.
   * @param {Participant} participant
   */
  colour(participant) {
    return `speaker-${(this.#known.get(participant.id) ?? this.#add(participant.id, participant.label)).colour}`;
  }

  /** Raw ids in the order in which they became known. */
  get ids() {
    return [...this.#known.keys()];
  }

  /**
   * @param {string} id
   * @param {string} label
   */
  #add(id, label) {
    const known = { label, colour: this.#known.size % COLOURS };
    this.#known.set(id, known);
    return known;
  }
}
