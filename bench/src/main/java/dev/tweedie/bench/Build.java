package dev.tweedie.bench;

import dev.tweedie.cli.Version;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was built.
 *
 * @param version of this program
 * @param commit of the source tree in which it lies, with {@code -modified} where files differ from
 *     it; null where there is none, or no git
 */
record Build(String version, String commit) {
  static Build here() {
    Path tree = tree();
    return new Build(Version.number(), tree == null ? null : commit(tree));
  }

  /** The folder above these classes that git knows. */
  private static Path tree() {
    try {
      Path at = Path.of(Build.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      while (at != null && !Files.exists(at.resolve(".git"))) {
        at = at.getParent();
      }
      return at;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static String commit(Path tree) {
    String head = git(tree, "rev-parse", "HEAD");
    String changes = git(tree, "status", "--porcelain", "--untracked-files=no");
    return head == null || changes == null ? null : head + (changes.isEmpty() ? "" : "-modified");
  }

  /** What git says, or null. */
  private static String git(Path tree, String... words) {
    List<String> command = new ArrayList<>(List.of("git", "-C", tree.toString()));
    command.addAll(List.of(words));
    try {
      Process git =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      git.getOutputStream().close();
      String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return git.waitFor() == 0 ? said.strip() : null;
    } catch (IOException e) { // no git here
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
