// What the command line prints is read on a terminal, and names, keys and texts in it come from
// outside. Nothing that steers a terminal passes here, whoever prints it.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace sideband::cli {

// `text` with control characters (all of C0 but line ends and tabs, DEL, C1) and those that reorder
// text (bidi) as "\u001b", and what is no UTF-8 as U+FFFD. `colors`: the colours that we print
// ourselves stay.
std::string printable(std::string_view text, bool colors = false);

// A command to be pasted, as it stands; a note in its place where a terminal would show it as
// something else.
std::string pasted(const std::string& run);

// Makes all that is written to `stream` printable, until it goes. Each write is judged by itself.
class PrintableOutput final : public std::streambuf {
 public:
  PrintableOutput(std::ostream& stream, bool colors)
      : stream_(stream), target_(stream.rdbuf(this)), colors_(colors) {}
  ~PrintableOutput() override { stream_.rdbuf(target_); }
  PrintableOutput(const PrintableOutput&) = delete;
  PrintableOutput& operator=(const PrintableOutput&) = delete;

  // Our own codes, as they are.
  void put_as_is(std::string_view code);

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int_type overflow(int_type c) override;
  int sync() override { return target_->pubsync(); }

  std::ostream& stream_;
  std::streambuf* const target_;
  const bool colors_;
};

// Wipes the line that the cursor is on.
void wipe_line(std::ostream& out);

}  // namespace sideband::cli
