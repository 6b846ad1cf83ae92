package dev.slipway.rehearsal;

import java.util.ArrayList;
import java.util.List;

/** Somebody who reloads a page of the site all the time, and counts how often it came. */
final class Visitor implements AutoCloseable {
  private final Site site;
  private final String path;
  private final Thread thread = new Thread(this::visit, "visitor");
  private final List<String> failures = new ArrayList<>();
  private int visits;
  private boolean over;

  Visitor(Site site, String path) {
    this.site = site;
    this.path = path;
    thread.setDaemon(true);
    thread.start();
  }

  private void visit() {
    while (!isOver()) {
      Site.Answer answer = site.get(path);
      synchronized (this) {
        visits++;
        if (answer.status() != 200) {
          failures.add("visit " + visits + ": " + answer.status() + " " + answer.body().strip());
        }
      }
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  synchronized int visits() {
    return visits;
  }

  synchronized List<String> failures() {
    return List.copyOf(failures);
  }

  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      over = true;
    }
    thread.join();
  }
}
