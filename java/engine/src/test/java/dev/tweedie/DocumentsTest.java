package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Links between the documents lead somewhere, and so do the sections that the code cites. */
class DocumentsTest {
  private static final Pattern LINK = Pattern.compile("!?\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6}\\s+(.*)$", Pattern.MULTILINE);

  private static final String SECTION = "\\d(?:\\.\\d)?(?:\\([a-z]\\))?";

  /** "mathematics 1.3", "mathematics, section 6", "mathematics 1.2, 1.3 and 2(a)". */
  private static final Pattern CITATION =
      Pattern.compile(
          "\\bmathematics,?(?: section)? (" + SECTION + "(?:(?:, | and )" + SECTION + ")*)");

  private static Path top;

  @BeforeAll
  static void findTheTree() {
    top = Path.of("").toAbsolutePath();
    while (top != null && !Files.exists(top.resolve("docs/mathematics.md"))) {
      top = top.getParent();
    }
    assumeTrue(top != null, "not run inside of the source tree");
  }

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : files(".md")) {
      Matcher link = LINK.matcher(withoutCode(Files.readString(page)));
      while (link.find()) {
        String target = link.group(1);
        if (target.contains("://")) {
          continue;
        }
        links++;
        if (!leadsSomewhere(page, target)) {
          broken.add(top.relativize(page) + ": " + target);
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 50, "found only " + links + " links: the search is broken");
  }

  @Test
  void everyCitedSectionOfTheMathematicsIsThere() throws IOException {
    Set<String> sections = new HashSet<>();
    for (String heading : headings(top.resolve("docs/mathematics.md"))) {
      sections.add(heading.split(" ")[0].replaceAll("[.]$", ""));
    }
    List<String> broken = new ArrayList<>();
    int citations = 0;
    for (Path source : files(".java", ".c", ".h", ".cu", ".cuh", ".md")) {
      // a line break inside of a Javadoc or C comment may stand between the words
      String text = Files.readString(source).replaceAll("\\n\\s*(\\*|//)? ?", " ");
      Matcher citation = CITATION.matcher(text);
      while (citation.find()) {
        for (String section : citation.group(1).split(", | and ")) {
          citations++;
          if (!sections.contains(section)) {
            broken.add(top.relativize(source) + ": mathematics " + section);
          }
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(citations > 20, "found only " + citations + " citations: the search is broken");
  }

  @Test
  void theReadmeIsADoor() throws IOException {
    String readme = Files.readString(top.resolve("README.md"));
    assertTrue(readme.lines().count() <= 120, "found " + readme.lines().count() + " lines");
    assertTrue(readme.contains("!["), "found no picture");
  }

  private static boolean leadsSomewhere(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path to = file.isEmpty() ? page : page.getParent().resolve(file).normalize();
    if (!Files.exists(to)) {
      return false;
    }
    if (hash < 0) {
      return true;
    }
    String anchor = target.substring(hash + 1);
    return headings(to).stream().anyMatch(heading -> anchor(heading).equals(anchor));
  }

  /** As the pages are shown: lower case, punctuation left out, spaces as dashes. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
  }

  private static List<String> headings(Path page) throws IOException {
    List<String> headings = new ArrayList<>();
    Matcher heading = HEADING.matcher(withoutCode(Files.readString(page)));
    while (heading.find()) {
      headings.add(heading.group(1).strip());
    }
    return headings;
  }

  private static String withoutCode(String markdown) {
    return markdown.replaceAll("(?s)```.*?```", "");
  }

  private static List<Path> files(String... endings) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      List<Path> found =
          all.filter(Files::isRegularFile)
              .filter(file -> ours(top.relativize(file).toString()))
              .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
              .sorted()
              .toList();
      assertFalse(found.isEmpty());
      return found;
    }
  }

  private static boolean ours(String path) {
    return !path.startsWith(".git/")
        && !path.matches("(.*/)?target/.*")
        && !path.contains("/generated/");
  }
}
