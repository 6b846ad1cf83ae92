package dev.slipway.stackfile;

/** Why a stack file can't be read; the message says where, and what to do. */
public final class StackFileException extends RuntimeException {

  StackFileException(String message) {
    super(message);
  }
}
