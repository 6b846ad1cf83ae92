package dev.slipway.rehearsal.cloud;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The side of a load balancer that speaks HTTP/1.1 to its targets, over connections that are kept
 * for a while. Nothing is ever sent twice: what fails is told to the client.
 *
 * <p>Source of the rules: RFC 9112, sections 6 and 9.
 */
final class HttpUpstream implements AutoCloseable {

  /**
   * A request as it goes out.
   *
   * @param length of the body; 0 for none, negative where it is sent in chunks
   */
  record Request(
      String method,
      String target,
      List<Map.Entry<String, String>> headers,
      InputStream body,
      long length) {}

  /**
   * An answer of which the body is still to be read.
   *
   * @param length of the body; negative where its end shows when it is there
   */
  record Answer(
      int status, List<Map.Entry<String, String>> headers, InputStream body, long length) {

    String header(String name) {
      return headers.stream()
          .filter(header -> header.getKey().equalsIgnoreCase(name))
          .map(Map.Entry::getValue)
          .findFirst()
          .orElse("");
    }
  }

  /** No connection could be made in time. */
  static final class NotConnected extends IOException {
    private static final long serialVersionUID = 1L;

    NotConnected(IOException cause) {
      super(cause);
    }
  }

  private static final class Connection implements AutoCloseable {
    private final InetSocketAddress to;
    private final Socket socket = new Socket();
    private InputStream in;
    private OutputStream out;
    private long idleSince;

    private Connection(InetSocketAddress to) {
      this.to = to;
    }

    private void open(Duration limit) throws IOException {
      try {
        socket.setTcpNoDelay(true);
        socket.connect(to, (int) limit.toMillis());
      } catch (SocketTimeoutException e) {
        close();
        throw new NotConnected(e);
      } catch (IOException e) {
        close();
        throw e;
      }
      in = new BufferedInputStream(socket.getInputStream());
      out = new BufferedOutputStream(socket.getOutputStream());
    }

    /** Whether the other side has neither closed it nor said what nobody asked. */
    private boolean isUsable(Duration idle) {
      if (System.nanoTime() - idleSince > idle.toNanos()) {
        return false;
      }
      try {
        socket.setSoTimeout(1);
        in.read();
        return false;
      } catch (SocketTimeoutException e) {
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    @Override
    public void close() {
      try {
        socket.close();
      } catch (IOException e) {
        // It is of no use any more either way.
      }
    }
  }

  private static final int LONGEST_LINE = 65_536;

  private final Duration connectLimit;
  private final Duration idleLimit;
  private final Map<InetSocketAddress, Deque<Connection>> idle = new ConcurrentHashMap<>();

  HttpUpstream(Duration connectLimit, Duration idleLimit) {
    this.connectLimit = connectLimit;
    this.idleLimit = idleLimit;
  }

  /**
   * Sends a request and reads the head of its answer; whoever reads the body to its end gives the
   * connection back, whoever closes it before ends the connection.
   */
  Answer ask(InetSocketAddress to, Request request) throws IOException {
    Connection connection = take(to);
    try {
      connection.socket.setSoTimeout((int) idleLimit.toMillis());
      IOException unsent = send(connection, request);
      try {
        return read(connection, request.method());
      } catch (IOException e) {
        throw unsent == null ? e : unsent;
      }
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Connection take(InetSocketAddress to) throws IOException {
    Deque<Connection> kept = idle.computeIfAbsent(to, address -> new ArrayDeque<>());
    while (true) {
      Connection connection;
      synchronized (kept) {
        connection = kept.pollFirst();
      }
      if (connection == null) {
        connection = new Connection(to);
        connection.open(connectLimit);
        return connection;
      }
      if (connection.isUsable(idleLimit)) {
        return connection;
      }
      connection.close();
    }
  }

  private void giveBack(Connection connection) {
    connection.idleSince = System.nanoTime();
    Deque<Connection> kept = idle.get(connection.to);
    synchronized (kept) {
      kept.addFirst(connection);
    }
  }

  /**
   * A target may answer, and hang up, before it has read all: what stopped the sending is given,
   * and counts only if there is no answer.
   */
  private static IOException send(Connection connection, Request request) throws IOException {
    var head = new StringBuilder(request.method() + " " + request.target() + " HTTP/1.1\r\n");
    request
        .headers()
        .forEach(h -> head.append(h.getKey()).append(": ").append(h.getValue()).append("\r\n"));
    if (request.length() < 0) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    OutputStream out = connection.out;
    byte[] buffer = new byte[16_384];
    long left = request.length();
    try {
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    } catch (IOException e) {
      return e;
    }
    while (left != 0) {
      int most = left < 0 ? buffer.length : (int) Math.min(left, buffer.length);
      int count = request.body().read(buffer, 0, most);
      if (count < 0 && left > 0) {
        throw new EOFException("the client sent " + left + " bytes less than it had said");
      }
      try {
        if (request.length() >= 0) {
          out.write(buffer, 0, count);
          left -= count;
        } else if (count > 0) {
          out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
          out.write(buffer, 0, count);
          out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        } else if (count < 0) {
          out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          left = 0;
        }
        out.flush();
      } catch (IOException e) {
        return e;
      }
    }
    return null;
  }

  private Answer read(Connection connection, String method) throws IOException {
    InputStream in = connection.in;
    int status;
    var headers = new ArrayList<Map.Entry<String, String>>();
    String first;
    do {
      headers.clear();
      first = line(in);
      if (!first.matches("HTTP/1\\.[01] [1-5][0-9]{2}( .*)?")) {
        throw new IOException("not an answer of HTTP/1.1: " + first);
      }
      status = Integer.parseInt(first.substring(9, 12));
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new IOException("not a header: " + line);
        }
        headers.add(Map.entry(line.substring(0, colon), line.substring(colon + 1).strip()));
      }
    } while (status < 200);
    var head = new Answer(status, List.copyOf(headers), InputStream.nullInputStream(), 0);
    boolean kept =
        first.startsWith("HTTP/1.1") && !head.header("Connection").equalsIgnoreCase("close");
    if (method.equals("HEAD") || status == 204 || status == 304) {
      end(connection, kept);
      return head;
    }
    if (head.header("Transfer-Encoding").toLowerCase().endsWith("chunked")) {
      return new Answer(status, head.headers(), new Chunks(connection, kept), -1);
    }
    String length = head.header("Content-Length");
    if (length.isEmpty()) {
      return new Answer(status, head.headers(), new UntilClosed(connection), -1);
    }
    long bytes = Long.parseLong(length);
    if (bytes == 0) {
      end(connection, kept);
      return head;
    }
    return new Answer(status, head.headers(), new Counted(connection, kept, bytes), bytes);
  }

  private void end(Connection connection, boolean kept) {
    if (kept) {
      giveBack(connection);
    } else {
      connection.close();
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    int next;
    while ((next = in.read()) != '\n') {
      if (next < 0) {
        throw new EOFException("the target closed the connection");
      }
      if (line.size() == LONGEST_LINE) {
        throw new IOException("the target sent a line of more than " + LONGEST_LINE + " bytes");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.ISO_8859_1).replaceFirst("\r$", "");
  }

  // --- bodies
  // --------------------------------------------------------------------------------------------------------

  /** A body on a connection, which is given back at its end, or closed where that isn't reached. */
  private abstract class Body extends FilterInputStream {
    final Connection connection;
    private final boolean kept;
    private boolean over;

    Body(Connection connection, boolean kept) {
      super(connection.in);
      this.connection = connection;
      this.kept = kept;
    }

    /** As many bytes as are there, at most; negative at the end. */
    abstract int some(byte[] buffer, int from, int most) throws IOException;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int from, int most) throws IOException {
      if (over) {
        return -1;
      }
      int count = some(buffer, from, most);
      if (count < 0) {
        over = true;
        end(connection, kept);
      }
      return count;
    }

    @Override
    public void close() {
      if (!over) {
        over = true;
        connection.close();
      }
    }
  }

  private final class Counted extends Body {
    private long left;

    Counted(Connection connection, boolean kept, long length) {
      super(connection, kept);
      left = length;
    }

    @Override
    int some(byte[] buffer, int from, int most) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = in.read(buffer, from, (int) Math.min(most, left));
      if (count < 0) {
        throw new EOFException("the target sent " + left + " bytes less than it had said");
      }
      left -= count;
      return count;
    }
  }

  private final class Chunks extends Body {
    private long left;
    private boolean first = true;

    Chunks(Connection connection, boolean kept) {
      super(connection, kept);
    }

    @Override
    int some(byte[] buffer, int from, int most) throws IOException {
      if (left == 0) {
        if (!first) {
          line(in);
        }
        first = false;
        left = Long.parseLong(line(in).replaceFirst(";.*", "").strip(), 16);
        if (left == 0) {
          while (!line(in).isEmpty()) {
            // Trailers, which a load balancer does not pass on.
          }
          return -1;
        }
      }
      int count = in.read(buffer, from, (int) Math.min(most, left));
      if (count < 0) {
        throw new EOFException("the target closed the connection in the middle of a chunk");
      }
      left -= count;
      return count;
    }
  }

  private final class UntilClosed extends Body {
    UntilClosed(Connection connection) {
      super(connection, false);
    }

    @Override
    int some(byte[] buffer, int from, int most) throws IOException {
      return in.read(buffer, from, most);
    }
  }

  @Override
  public void close() {
    idle.values()
        .forEach(
            kept -> {
              synchronized (kept) {
                kept.forEach(Connection::close);
                kept.clear();
              }
            });
  }
}
