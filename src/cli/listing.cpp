#include "cli/listing.h"

#include <algorithm>
#include <ostream>

#include "base/clock.h"
#include "cli/remote_answers.h"
#include "cli/table.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxListedCell = 100;

void print_items(RemoteContext& context, const Listing& listing,
                 const std::vector<Document>& found) {
  std::vector<Row> rows(1);
  for (const Column& one : listing.columns) {
    if (context.wide || !one.wide) rows.front().emplace_back(one.header);
  }
  for (const Document& item : found) {
    Row row;
    for (const Column& one : listing.columns) {
      if (context.wide || !one.wide) row.push_back(one.text(item));
    }
    rows.push_back(std::move(row));
  }
  print_table(context.out, rows);
}

// Of an API that answers with a list or with one item.
std::vector<Document> all_items(const Document& body) {
  return body.members.contains("items") ? items(body) : std::vector<Document>{body};
}

}  // namespace

Column column(const char* header, const char* member_name, bool wide) {
  return {header,
          [member_name](const Document& item) {
            return safe_text(member(item, member_name), kMaxListedCell);
          },
          wide};
}

std::string age_of(const Document& item, const char* member_name) {
  const auto at = parse_time(member(item, member_name));
  if (!at.ok()) return "";
  return short_duration(std::max<std::int64_t>(0, (SystemClock().wall() - *at).count()));
}

Column age_column(const char* header, const char* member_name) {
  return {header, [member_name](const Document& item) { return age_of(item, member_name); }};
}

void print_listing(RemoteContext& context, const Listing& listing, const ApiAnswer& answer) {
  const std::vector<Document> found = all_items(answer.body);
  if (context.format == "json") {
    context.out << answer.text;
  } else if (context.format == "name") {
    for (const Document& item : found) context.out << listing.name(item) << "\n";
  } else if (found.empty()) {
    context.err << "no " << listing.what << "\n";
  } else {
    print_items(context, listing, found);
  }
  const std::int64_t more = number(answer.body, "more");
  if (more > 0) context.err << "at least " << more << " more; use --limit\n";
}

}  // namespace sideband::cli
