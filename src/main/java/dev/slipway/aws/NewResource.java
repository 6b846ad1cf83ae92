package dev.slipway.aws;

/** A resource that would be made, as far as what AWS computes of it depends on it. */
public interface NewResource {

  /** An input, null where there is none. */
  Object input(String name);

  /** Its name in AWS. */
  String name();

  String region();

  String account();

  /** Hexadecimal digits for what is named here, the same every time. */
  String hex(String of, int length);
}
