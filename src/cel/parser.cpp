#include "cel/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "cel/lexer.h"
#include "cel/macros.h"
#include "cel/source.h"

namespace sideband::cel {
namespace {

// How strongly an operator of two sides binds; 0 for what is none.
int precedence(std::string_view symbol) {
  if (symbol == "||") return 1;
  if (symbol == "&&") return 2;
  if (symbol == "==" || symbol == "!=" || symbol == "<" || symbol == "<=" || symbol == ">" ||
      symbol == ">=" || symbol == "in") {
    return 3;
  }
  if (symbol == "+" || symbol == "-") return 4;
  if (symbol == "*" || symbol == "/" || symbol == "%") return 5;
  return 0;
}

std::string shown(const Token& token) {
  return token.kind == Token::Kind::kEnd ? "the end" : fmt::format("\"{}\"", token.text);
}

// Each level of the source is counted twice: as an expression and as an operand.
constexpr std::uint32_t kMaxDepth = 2 * kMaxHeight;

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens)
      : source_(source), tokens_(std::move(tokens)) {}

  Result<Node> run() {
    SB_ASSIGN(Node node, expression());
    if (peek().kind != Token::Kind::kEnd) return unexpected("an operator or the end");
    return node;
  }

 private:
  // Counts how deep the recursion is.
  class Level {
   public:
    explicit Level(std::uint32_t& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    std::uint32_t& depth_;
  };

  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  [[nodiscard]] bool is(std::string_view symbol) const {
    return peek().kind == Token::Kind::kSymbol && peek().text == symbol;
  }
  bool take(std::string_view symbol) {
    if (!is(symbol)) return false;
    ++at_;
    return true;
  }
  Error fail(std::size_t offset, std::string_view message) const {
    return error_at(source_, offset, message);
  }
  Error unexpected(std::string_view wanted) const {
    return fail(peek().begin, fmt::format("expected {}, found {}", wanted, shown(peek())));
  }
  Result<void> expect(std::string_view symbol) {
    if (take(symbol)) return {};
    return unexpected(fmt::format("\"{}\"", symbol));
  }
  [[nodiscard]] Error too_deep() const {
    return fail(peek().begin, fmt::format("this is nested more than {} deep", kMaxHeight));
  }
  [[nodiscard]] std::size_t last_end() const { return tokens_[at_ - 1].end; }

  // A node of these children, which ends where the last token did.
  Result<Node> finish(Op op, std::size_t begin, std::size_t at, std::string_view name,
                      std::vector<Node> children) const {
    Node node;
    node.op = op;
    node.begin = begin;
    node.end = last_end();
    node.at = at;
    node.name = name;
    node.children = std::move(children);
    for (const Node& child : node.children) node.height = std::max(node.height, child.height + 1);
    if (node.height > kMaxHeight) return too_deep();
    return node;
  }
  template <class... Nodes>
  static std::vector<Node> nodes(Nodes&&... made) {
    std::vector<Node> all;
    all.reserve(sizeof...(made));
    (all.push_back(std::forward<Nodes>(made)), ...);
    return all;
  }

  Result<Node> expression() {
    const Level level(depth_);
    if (depth_ > kMaxDepth) return too_deep();
    SB_ASSIGN(Node condition, binary(1));
    if (!is("?")) return condition;
    const std::size_t begin = condition.begin, at = peek().begin;
    ++at_;
    SB_ASSIGN(Node yes, binary(1));
    SB_TRY(expect(":"));
    SB_ASSIGN(Node no, expression());
    return finish(Op::kChoice, begin, at, "_?_:_",
                  nodes(std::move(condition), std::move(yes), std::move(no)));
  }

  // The operator at this place, "" when there is none.
  [[nodiscard]] std::string_view operator_here() const {
    const Token& token = peek();
    const bool word = token.kind == Token::Kind::kName && token.text == "in";
    return word || token.kind == Token::Kind::kSymbol ? token.text : std::string_view();
  }

  Result<Node> binary(int weakest) {
    SB_ASSIGN(Node left, unary());
    while (true) {
      const std::string_view symbol = operator_here();
      const int binds = precedence(symbol);
      if (binds < weakest || binds == 0) return left;
      const std::size_t at = peek().begin;
      ++at_;
      SB_ASSIGN(Node right, binary(binds + 1));
      SB_ASSIGN(left, join(symbol, at, std::move(left), std::move(right)));
    }
  }

  Result<Node> join(std::string_view symbol, std::size_t at, Node left, Node right) {
    const std::size_t begin = left.begin;
    if (binds_many(symbol)) {
      const Op op = symbol == "&&" ? Op::kAnd : Op::kOr;
      // a && b && c is one node, so that a long chain is no deep tree.
      if (left.op == op && !left.parentheses) {
        left.height = std::max(left.height, right.height + 1);
        if (left.height > kMaxHeight) return too_deep();
        left.end = last_end();
        left.children.push_back(std::move(right));
        return left;
      }
      return finish(op, begin, at, symbol, nodes(std::move(left), std::move(right)));
    }
    Op op = Op::kCall;
    if (symbol == "==") op = Op::kEqual;
    if (symbol == "!=") op = Op::kNotEqual;
    const std::string name = symbol == "in" ? "@in" : fmt::format("_{}_", symbol);
    return finish(op, begin, at, name, nodes(std::move(left), std::move(right)));
  }
  static bool binds_many(std::string_view symbol) { return symbol == "&&" || symbol == "||"; }

  Result<Node> unary() {
    const Level level(depth_);
    if (depth_ > kMaxDepth) return too_deep();
    const std::size_t begin = peek().begin;
    if (take("!")) {
      SB_ASSIGN(Node operand, unary());
      return finish(Op::kCall, begin, begin, "!_", nodes(std::move(operand)));
    }
    if (!is("-")) return member();
    ++at_;
    if (is_number(peek())) return negative_number(begin);
    SB_ASSIGN(Node operand, unary());
    return finish(Op::kCall, begin, begin, "-_", nodes(std::move(operand)));
  }

  static bool is_number(const Token& token) {
    return token.kind == Token::Kind::kLiteral && token.value.is_number() &&
           !(token.text.ends_with('u') || token.text.ends_with('U'));
  }

  // The minus belongs to the literal: the least int has no opposite.
  Result<Node> negative_number(std::size_t begin) {
    constexpr std::uint64_t kLeast = std::uint64_t{1} << 63;
    Value& number = tokens_[at_].value;
    if (number.is(Kind::kDouble)) {
      number = Value::number(-number.as_double());
    } else if (number.as_uint() > kLeast) {
      return too_large(begin);
    } else {
      number = Value::integer(static_cast<std::int64_t>(0 - number.as_uint()));
    }
    tokens_[at_].begin = begin;
    return member();
  }
  [[nodiscard]] Error too_large(std::size_t begin) const {
    return fail(begin, "this number does not fit into an int; a uint ends with u");
  }

  Result<Node> member() {
    SB_ASSIGN(Node node, primary());
    while (true) {
      if (is(".")) {
        SB_ASSIGN(node, after_point(std::move(node)));
      } else if (is("[")) {
        SB_ASSIGN(node, index(std::move(node)));
      } else if (is("{") && is_type_name(node)) {
        SB_ASSIGN(node, message(node));
      } else {
        return node;
      }
    }
  }

  static bool is_type_name(const Node& node) {
    if (node.parentheses) return false;
    if (node.op == Op::kName) return true;
    return node.op == Op::kMember && !node.optional && is_type_name(node.children[0]);
  }

  Result<Node> after_point(Node operand) {
    ++at_;
    const bool optional = take("?");
    const Token name = peek();
    const bool quoted_name = name.kind == Token::Kind::kQuotedName;
    if (!quoted_name && (name.kind != Token::Kind::kName || is_keyword(name.text))) {
      return unexpected("a member's name");
    }
    ++at_;
    const std::size_t begin = operand.begin;
    if (optional || quoted_name || !is("(")) {
      SB_ASSIGN(Node node,
                finish(Op::kMember, begin, name.begin, name.text, nodes(std::move(operand))));
      node.optional = optional;
      return node;
    }
    std::vector<Node> children = nodes(std::move(operand));
    SB_TRY(arguments(children));
    SB_ASSIGN(Node node,
              finish(Op::kMemberCall, begin, name.begin, name.text, std::move(children)));
    SB_TRY(expand_macro(source_, node));
    return node;
  }

  Result<Node> index(Node operand) {
    const std::size_t at = peek().begin;
    ++at_;
    const bool optional = take("?");
    SB_ASSIGN(Node key, expression());
    SB_TRY(expect("]"));
    const std::size_t begin = operand.begin;
    SB_ASSIGN(Node node,
              finish(Op::kIndex, begin, at, "_[_]", nodes(std::move(operand), std::move(key))));
    node.optional = optional;
    return node;
  }

  // "(" arguments ")".
  Result<void> arguments(std::vector<Node>& children) {
    SB_TRY(expect("("));
    if (take(")")) return {};
    do {
      SB_ASSIGN(Node argument, expression());
      children.push_back(std::move(argument));
    } while (take(","));
    return expect(")");
  }

  Result<Node> primary() {
    const Token token = peek();
    switch (token.kind) {
      case Token::Kind::kLiteral:
        return literal(token);
      case Token::Kind::kName:
        return name(token);
      case Token::Kind::kSymbol:
        if (token.text == ".") return rooted_name();
        if (token.text == "(") return in_parentheses();
        if (token.text == "[") return list();
        if (token.text == "{") return map();
        break;
      default:
        break;
    }
    return unexpected("an expression");
  }

  Result<Node> literal(const Token& token) {
    const bool marked = token.text.ends_with('u') || token.text.ends_with('U');
    if (token.value.is(Kind::kUint) && !marked) return too_large(token.begin);
    return constant(token, token.value);
  }

  Result<Node> constant(const Token& token, Value value) {
    ++at_;
    SB_ASSIGN(Node node, finish(Op::kConstant, token.begin, token.begin, "", {}));
    node.constant = std::move(value);
    return node;
  }

  Result<Node> name(const Token& token) {
    if (token.text == "true") return constant(token, Value::boolean(true));
    if (token.text == "false") return constant(token, Value::boolean(false));
    if (token.text == "null") return constant(token, {});
    if (token.text == "in") return unexpected("an expression");
    if (is_reserved(token.text)) {
      return fail(token.begin, fmt::format("\"{}\" is a reserved word", token.text));
    }
    ++at_;
    if (!is("(")) return finish(Op::kName, token.begin, token.begin, token.text, {});
    std::vector<Node> children;
    SB_TRY(arguments(children));
    SB_ASSIGN(Node node,
              finish(Op::kCall, token.begin, token.begin, token.text, std::move(children)));
    SB_TRY(expand_macro(source_, node));
    return node;
  }

  // ".a": a name that no name of the expression's own hides.
  Result<Node> rooted_name() {
    const std::size_t begin = peek().begin;
    ++at_;
    const Token token = peek();
    if (token.kind != Token::Kind::kName || is_keyword(token.text) || is_reserved(token.text)) {
      return unexpected("a name");
    }
    SB_ASSIGN(Node node, name(token));
    node.begin = begin;
    if (node.op == Op::kName) node.name.insert(0, ".");
    return node;
  }

  Result<Node> in_parentheses() {
    const std::size_t begin = peek().begin;
    ++at_;
    SB_ASSIGN(Node node, expression());
    SB_TRY(expect(")"));
    node.parentheses = true;
    node.begin = begin;
    node.end = last_end();
    return node;
  }

  Result<Node> list() {
    const std::size_t begin = peek().begin;
    ++at_;
    std::vector<Node> items;
    while (!is("]")) {
      const bool optional = take("?");
      SB_ASSIGN(Node item, expression());
      item.optional_entry = optional;
      items.push_back(std::move(item));
      if (!take(",")) break;
    }
    SB_TRY(expect("]"));
    return finish(Op::kList, begin, begin, "", std::move(items));
  }

  Result<Node> map() {
    const std::size_t begin = peek().begin;
    SB_ASSIGN(std::vector<Node> entries, map_entries());
    return finish(Op::kMap, begin, begin, "", std::move(entries));
  }

  // "{" key ":" value, ... "}": keys and values in turn.
  Result<std::vector<Node>> map_entries() {
    SB_TRY(expect("{"));
    std::vector<Node> entries;
    while (!is("}")) {
      const bool optional = take("?");
      SB_ASSIGN(Node key, expression());
      key.optional_entry = optional;
      SB_TRY(expect(":"));
      SB_ASSIGN(Node value, expression());
      entries.push_back(std::move(key));
      entries.push_back(std::move(value));
      if (!take(",")) break;
    }
    SB_TRY(expect("}"));
    return entries;
  }

  static std::string type_name_of(const Node& node) {
    if (node.op == Op::kName) return node.name.substr(node.name.starts_with('.') ? 1 : 0);
    return type_name_of(node.children[0]) + "." + node.name;
  }

  // Type{field: value}: a function whose name is "Type{field}".
  Result<Node> message(const Node& type) {
    SB_TRY(expect("{"));
    std::string name = type_name_of(type) + "{";
    std::vector<Node> values;
    while (!is("}")) {
      const Token field = peek();
      if (field.kind != Token::Kind::kName) return unexpected("the name of a field");
      ++at_;
      SB_TRY(expect(":"));
      SB_ASSIGN(Node value, expression());
      name += (values.empty() ? "" : ",") + std::string(field.text);
      values.push_back(std::move(value));
      if (!take(",")) break;
    }
    SB_TRY(expect("}"));
    return finish(Op::kCall, type.begin, type.begin, name + "}", std::move(values));
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::uint32_t depth_ = 0;
};

}  // namespace

Result<Node> parse(std::string_view source) {
  SB_ASSIGN(std::vector<Token> tokens, tokenize(source));
  return Parser(source, std::move(tokens)).run();
}

}  // namespace sideband::cel
