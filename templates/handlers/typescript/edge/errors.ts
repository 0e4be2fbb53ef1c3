/** What goes wrong, in words of ours: an error holds nothing of the event. */

/** The event is not as declared. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** There is more of it than is read. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}

/** There is no such thing, or it is another's: who asks is not told which. */
export class NotFound extends Error {
  override readonly name = "NotFound";
}

/** There is no caller. */
export class Unauthenticated extends Error {
  override readonly name = "Unauthenticated";
}

/** The work is yours to write. */
export class Unwritten extends Error {
  override readonly name = "Unwritten";
}
