package dev.slipway.rehearsal.cloud;

/** The servers that AWS runs for its customers, as far as calls of its API reach them. */
interface Hosted {

  /** The answer to a call that moto doesn't know, or null where it does. */
  String answer(Call call);

  /** Does for real what moto has agreed to for its records. */
  void agreed(Call call);

  /** Those of an account that has none. */
  Hosted NOTHING =
      new Hosted() {
        @Override
        public String answer(Call call) {
          return null;
        }

        @Override
        public void agreed(Call call) {}
      };
}
