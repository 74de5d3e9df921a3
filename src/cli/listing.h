// A list of the API as people and machines want it: the one place that obeys -o for lists.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/remote_context.h"

namespace sideband::cli {

struct Column {
  const char* header;
  std::function<std::string(const Document&)> text;
  bool wide = false;  // only with -o wide
};

struct Listing {
  std::string what;  // "repairs", for people
  std::vector<Column> columns;
  std::function<std::string(const Document&)> name;  // for -o name
};

// The member as one line of text that is safe to show.
Column column(const char* header, const char* member, bool wide = false);
// How long ago the time behind `member` was; empty where there is none.
Column age_column(const char* header, const char* member);
std::string age_of(const Document& item, const char* member);

// Prints what was answered, a list or one item, in the format of the context; what the API left out
// is said on err.
void print_listing(RemoteContext& context, const Listing& listing, const ApiAnswer& answer);

}  // namespace sideband::cli
