// Decoding by tables: defaults, values, and the whole message for each kind of mistake.
#include "config/field_table.h"

#include "config/table_of.h"
#include "config/yaml.h"

namespace sideband::config {
namespace {

enum class Shape : std::uint8_t { kRound, kSquare };

struct Lamp {
  std::string name;
  Duration warm_up = std::chrono::seconds(5);
  std::int64_t watts = 40;
  Shape shape = Shape::kSquare;
  bool dimmable = false;
  std::vector<std::string> rooms;
  DriverOptions options;
};

Fields lamp_fields() {
  return TableOf<Lamp>()
      .name("name", &Lamp::name, "Its name.")
      .required()
      .duration("warmUp", &Lamp::warm_up, "Time until it is bright.")
      .at_least(1000)
      .section("power", TableOf<Lamp>().count("watts", &Lamp::watts, "Power drawn.").at_least(1),
               "Electricity.")
      .one_of<Shape>("shape", &Lamp::shape, {{"round", Shape::kRound}, {"square", Shape::kSquare}},
                     "Its outline.")
      .boolean("dimmable", &Lamp::dimmable, "Can be dimmed.")
      .list("rooms", &Lamp::rooms, FieldType::kText, read_text, "Where it hangs.")
      .or_single()
      .options({{.key = "socket", .doc = "Its socket.", .fallback = "E27"},
                {.key = "tags", .type = FieldType::kList, .doc = "Tags."},
                {.key = "bus",
                 .type = FieldType::kTable,
                 .doc = "Its bus.",
                 .fields = share({{.key = "port",
                                   .type = FieldType::kCount,
                                   .doc = "Number.",
                                   .fallback = "7",
                                   .minimum = 1}})},
                {.key = "pin", .type = FieldType::kSecret, .doc = "Its code."}},
               &Lamp::options)
      .fields();
}

struct Decoded {
  Lamp lamp;
  std::string messages;
};

Decoded read_lamp(const std::string& text) {
  Messages messages;
  Decoded decoded;
  const auto documents = parse_yaml(messages.add_source("lamp.yaml", text), messages);
  if (!documents.empty()) decode(lamp_fields(), documents[0], "", &decoded.lamp, messages);
  decoded.messages = messages.render();
  return decoded;
}

TEST(FieldTable, AbsentKeysKeepTheirDefaults) {
  const Decoded decoded = read_lamp("name: hall");
  EXPECT_EQ(decoded.messages, "");
  EXPECT_EQ(decoded.lamp.warm_up, std::chrono::seconds(5));
  EXPECT_EQ(decoded.lamp.options, (DriverOptions{{"socket", "E27"}, {"bus.port", "7"}}));
}

TEST(FieldTable, ReadsEveryType) {
  const Decoded decoded = read_lamp(
      "name: hall\nwarmUp: 1m30s\npower: {watts: 1k}\nshape: round\ndimmable: true\nrooms: porch\n"
      "tags: [a, b]\nbus: {port: 9}\npin: {valueFrom: {env: LAMP_PIN}}\n");
  EXPECT_EQ(decoded.messages, "");
  EXPECT_EQ(decoded.lamp.warm_up, std::chrono::seconds(90));
  EXPECT_EQ(decoded.lamp.watts, 1000);
  EXPECT_EQ(decoded.lamp.shape, Shape::kRound);
  EXPECT_TRUE(decoded.lamp.dimmable);
  EXPECT_THAT(decoded.lamp.rooms, testing::ElementsAre("porch"));
  EXPECT_EQ(decoded.lamp.options,
            (DriverOptions{
                {"socket", "E27"}, {"tags", "a\nb"}, {"bus.port", "9"}, {"pin.env", "LAMP_PIN"}}));
}

TEST(FieldTable, OptionsAreKeptAsWritten) {
  Messages messages;
  const Fields fields = {
      {.key = "buffer", .type = FieldType::kSize, .doc = "Bytes.", .fallback = "64KiB"},
      {.key = "rate", .type = FieldType::kCount, .doc = "Each second."},
      {.key = "wait", .type = FieldType::kDuration, .doc = "Time.", .minimum = 1000}};
  const auto documents =
      parse_yaml(messages.add_source("lamp.yaml", "rate: 2k\nwait: 0s\n"), messages);
  const DriverOptions options = decode_options(fields, documents[0], "", messages);
  EXPECT_EQ(options, (DriverOptions{{"buffer", "64KiB"}, {"rate", "2k"}}));
  EXPECT_THAT(messages.render(), testing::HasSubstr("wait: must be at least 1ms"));
}

TEST(FieldTable, DefaultsShownAreTheDefaultsUsed) {
  const Fields fields = lamp_fields();
  EXPECT_EQ(fields[1].fallback, "5s");
  EXPECT_EQ(fields[2].fields->at(0).fallback, "40");
  EXPECT_EQ(fields[3].fallback, "square");
  EXPECT_EQ(fields[4].fallback, "false");
}

TEST(FieldTable, ReportsEverythingAtOnce) {
  EXPECT_EQ(read_lamp("warmUp: 30\n"
                      "power: [1]\n"
                      "shape: sqare\n"
                      "dimmable: yes\n"
                      "rooms: {a: b}\n"
                      "colour: red\n"
                      "dimable: true\n"
                      "pin: hunter2\n"
                      "bus: {port: 0}\n"
                      "socket:\n")
                .messages,
            R"(lamp.yaml:1:1: error: name: missing; it is a name and must be set, like name: shop-db
  1 | warmUp: 30
    | ^
lamp.yaml:1:9: error: warmUp: "30" is not a duration; write a number with a unit, like )"
            R"(250ms, 30s, 5m, 1h30m or 7d
  1 | warmUp: 30
    |         ^~
lamp.yaml:2:8: error: power: expected a map, found a list
  2 | power: [1]
    |        ^
lamp.yaml:3:8: error: shape: "sqare" is not known here; did you mean "square"?
  3 | shape: sqare
    |        ^~~~~
lamp.yaml:4:11: error: dimmable: "yes" is not true or false; only these two words are
  4 | dimmable: yes
    |           ^~~
lamp.yaml:5:8: error: rooms: expected a list, found a map
  5 | rooms: {a: b}
    |        ^
lamp.yaml:6:1: error: colour: unknown key; known here: bus, dimmable, name, pin, power, )"
            R"(rooms, shape, socket, tags, warmUp
  6 | colour: red
    | ^~~~~~
lamp.yaml:7:1: error: dimable: unknown key; did you mean "dimmable"?
  7 | dimable: true
    | ^~~~~~~
lamp.yaml:8:6: error: pin: a secret is named, never written here; use {valueFrom: {env: NAME}} or )"
            R"({valueFrom: {file: PATH}}
  8 | pin: hunter2
    |      ^~~~~~~
lamp.yaml:9:13: error: bus.port: must be at least 1
  9 | bus: {port: 0}
    |             ^
lamp.yaml:10:8: error: socket: expected text, found nothing
  10 | socket:
     |        ^
)");
}

TEST(FieldTypes, RefuseWhatTheyAreNot) {
  for (const char* bad : {"", "Shop", "-a", "a-", "a_b"}) EXPECT_FALSE(read_name(bad).ok()) << bad;
  for (const char* bad : {"", "{", "}", "{}", "{a", "{a b}", "a}"}) {
    EXPECT_FALSE(read_template(bad).ok()) << bad;
  }
  for (const char* good : {"price:{id}", "{{\"a\": {a}}}", "plain"}) {
    EXPECT_TRUE(read_template(good).ok()) << good;
  }
  for (const char* bad : {"", "a", "/a~2", "/~"}) EXPECT_FALSE(read_pointer(bad).ok()) << bad;
  for (const char* bad :
       {"2027-13-01", "2027-02-29", "27-01-01", "2027-1-1", "2027-01-01T", "-027-01-01"}) {
    EXPECT_FALSE(read_date(bad).ok()) << bad;
  }
  EXPECT_EQ(to_us(*read_date("1970-01-02")), 86'400'000'000);
  for (const char* bad : {"0", "0%", "", "-1", "x"}) EXPECT_FALSE(read_amount(bad).ok()) << bad;
}

TEST(Suggestions, AreNearAndNeverWild) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("intervla", "interval"), 1U);
  EXPECT_EQ(did_you_mean("intervall", {"mode", "interval"}), "; did you mean \"interval\"?");
  EXPECT_EQ(did_you_mean("xyz", {"on", "for", "key"}), "");
  EXPECT_EQ(did_you_mean("key2", {"key"}), "; did you mean \"key\"?");
}

TEST(Suggestions, K2_5_UnknownNamesSayWhichThereAre) {
  const auto said = [](const std::string& name, const std::vector<std::string>& known) {
    const Error error = unknown_name("reconciler", name, known);
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
    return error.message;
  };
  EXPECT_EQ(said("flet", {"fleet", "shop"}),
            "there is no reconciler \"flet\"; did you mean \"fleet\"?");
  EXPECT_EQ(said("other", {"fleet", "shop"}),
            "there is no reconciler \"other\"; the configuration has: fleet, shop");
  EXPECT_EQ(said("other", {}), "there is no reconciler \"other\"; the configuration has none");
  EXPECT_LT(said(std::string(100'000, 'x'), std::vector<std::string>(10'000, "name")).size(), 600U);
}

TEST(Messages, K2_9_WarningsOfOtherDocumentsCanBeLeftOutAndErrorsNot) {
  Messages messages;
  const Span span{messages.add_source("a.yaml", "x: 1\n"), 1, 1, 1};
  messages.warning(span, "x", "of one", "one");
  messages.warning(span, "x", "of another", "another");
  messages.error(span, "x", "an error");
  messages.keep_warnings_about("one");
  EXPECT_EQ(messages.warnings(), 1U);
  EXPECT_EQ(messages.errors(), 1U);
  EXPECT_EQ(messages.all().front().text, "of one");
}

TEST(Messages, ColourOnlyOnRequestAndLongLinesAreCut) {
  Messages messages;
  const auto file = messages.add_source("a.yaml", "a: " + std::string(300, 'x') + "\n");
  messages.error({.file = file, .line = 1, .column = 4, .length = 300}, "a", "too long");
  EXPECT_THAT(messages.render(), testing::HasSubstr("xxx ...\n"));
  EXPECT_THAT(messages.render(), testing::Not(testing::HasSubstr("\x1b")));
  EXPECT_THAT(messages.render(true), testing::HasSubstr("\x1b[1;31merror:\x1b[0m"));
  EXPECT_EQ(messages.files_with_errors(), 1U);
}

}  // namespace
}  // namespace sideband::config
