package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.cli.Benchmarks.Recorded;
import dev.tweedie.cli.Json;
import dev.tweedie.cli.JsonReader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What a page says of a file that is made here. */
class ReportPageTest {
  private static final List<Double> QUIET = List.of(1000.0, 1001.0, 999.0, 1002.0, 998.0);
  private static final List<Double> NOISY = List.of(1000.0, 1200.0, 900.0, 1500.0, 800.0);

  private static Map<String, Object> file(List<Double> iterations) {
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("processor", "P <&> 9000");
    machine.put("cores", 2);
    machine.put("caches", List.of(Map.of("level", 1, "type", "Data", "bytes", 49152)));
    machine.put("memoryBytes", 1L << 34);
    machine.put("virtualised", true);
    machine.put("governor", null);
    machine.put("megahertz", Map.of("now", 2600));
    machine.put("kernel", "Linux 6");
    machine.put("java", "25");
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("format", 1);
    file.put("table", "ops");
    file.put("quick", false);
    file.put("started", "2026-11-30T12:00:00Z");
    file.put("version", "1.0");
    file.put("commit", "0123456789abcdef0123456789abcdef01234567");
    file.put("machine", machine);
    List<Object> roofs = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      roofs.add(Map.of("roof", "fma", "threads", threads, "gflops", 100 * threads));
      roofs.add(Map.of("roof", "triad", "size", "67108864", "threads", threads, "gbps", 10));
    }
    file.put("roofs", roofs);
    List<Object> rows = new ArrayList<>();
    for (String backend : List.of("java:vector", "cpu:avx2")) {
      for (int threads = 1; threads <= 2; threads++) {
        rows.add(row(backend, threads, iterations));
      }
    }
    Map<String, Object> absent = row("libtorch", 1, List.of());
    absent.put("numerics", "");
    absent.put("forks", List.of());
    absent.put("absent", "not <built>");
    rows.add(absent);
    file.put("rows", rows);
    return file;
  }

  private static Map<String, Object> row(String backend, int threads, List<Double> iterations) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", "gemm");
    row.put("size", "64x64x64");
    row.put("backend", backend);
    row.put("numerics", "exact");
    row.put("threads", threads);
    row.put("gflops", iterations.isEmpty() ? null : 50 * threads);
    row.put("gbps", 5);
    row.put("flopsPerByte", 10);
    row.put("roofShare", .5);
    row.put("forks", List.of(iterations));
    return row;
  }

  private static String page(Map<String, Object> file) {
    return new BenchCommand().page(new Recorded("run", JsonReader.parse("run", Json.of(file))));
  }

  @Test
  void aNoisyMachineIsWarnedOfAndAQuietOneNot() {
    String noisy = page(file(NOISY));
    assertTrue(noisy.contains("The machine was noisy: in the median case"), noisy);
    assertTrue(noisy.contains("spans 30 % of their median; from 3 %"), noisy);
    assertFalse(page(file(QUIET)).contains("class=\"warning\""));
  }

  /** Of 800, 900, 1000, 1200, 1500 a quarter at each end is left out. */
  @Test
  void noiseIsTheSpanOfTheMiddleHalf() {
    assertEquals(
        .3,
        MachineNoise.of(List.of(new double[] {1000, 1200, 900}, new double[] {1500, 800})),
        1e-15);
    assertTrue(Double.isNaN(MachineNoise.of(List.of(new double[] {1, 2, 3, 4}))));
  }

  @Test
  void aGovernorThatSavesPowerAndAQuickRunAreWarnedOf() {
    Map<String, Object> file = file(QUIET);
    file.put("quick", true);
    @SuppressWarnings("unchecked")
    Map<String, Object> machine = (Map<String, Object>) file.get("machine");
    machine.put("governor", "powersave");
    String page = page(file);
    assertTrue(page.contains("The governor was powersave"), page);
    assertTrue(page.contains("A quick run is for a look"), page);
  }

  /** Half of the roof of one thread is where half of the plot's roof is: below it, at its x. */
  @Test
  void pointsAreBelowTheirRoofs() throws Exception {
    String page = page(file(QUIET));
    String svg = page.substring(page.indexOf("<svg"), page.indexOf("</svg>") + 6);
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertEquals(2, document.getElementsByTagName("circle").getLength()); // 1 thread
    assertEquals(2, document.getElementsByTagName("rect").getLength()); // 2 threads
    double oneThread =
        Double.parseDouble(
            ((Element) document.getElementsByTagName("circle").item(0)).getAttribute("cy"));
    List<Double> flats = new ArrayList<>();
    NodeList groups = document.getElementsByTagName("g");
    for (int i = 0; i < groups.getLength(); i++) {
      Element group = (Element) groups.item(i);
      if (group.getAttribute("class").equals("roof")) {
        String flat = ((Element) group.getElementsByTagName("path").item(1)).getAttribute("d");
        Matcher end = Pattern.compile("L[0-9.]+ ([0-9.]+)").matcher(flat);
        assertTrue(end.find(), flat);
        flats.add(Double.valueOf(end.group(1)));
      }
    }
    // down is more: 50 below 100 as far as 100 below 200
    assertEquals(flats.get(0) - flats.get(1), oneThread - flats.get(0), .2);
    assertTrue(oneThread > flats.get(0));
  }

  @Test
  void errorsOfPeersHaveAColumnWhereThereAreSome() {
    assertFalse(page(file(QUIET)).contains("<th>error</th>"));
    Map<String, Object> file = file(QUIET);
    @SuppressWarnings("unchecked")
    Map<String, Object> absent = (Map<String, Object>) ((List<?>) file.get("rows")).getLast();
    absent.put("error", .25);
    String page = page(file);
    assertTrue(page.contains("<th>error</th>"), page);
    assertTrue(page.contains("not &lt;built&gt;</td><td class=\"\">2.5e-01</td></tr>"), page);
  }

  @Test
  void whatFilesSayIsTextAndThePageNeedsNoOther() {
    String page = page(file(QUIET));
    assertTrue(page.contains("P &lt;&amp;&gt; 9000"), page);
    assertTrue(page.contains("not &lt;built&gt;"), page);
    assertTrue(page.contains("0123456789ab,"), page);
    for (String word : List.of("<script", "src=", "href=", "@import", "url(")) {
      assertFalse(page.contains(word), word);
    }
  }
}
