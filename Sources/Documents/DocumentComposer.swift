internal import Yams

/// Turns the text of a document into nodes, by way of Yams.
///
/// Yams resolves aliases and stops at the first mapping with duplicate keys. A bomb of aliases is
/// therefore refused before Yams sees it, and duplicate keys are told apart and read again, so
/// that they are faults like any other.
struct DocumentComposer {
    private var text: MarkedText
    private let limits: DocumentLimits
    private let log: FaultLog
    private var nodeCount = 0
    /// The line at which the parser gave up, where the text is no YAML.
    private(set) var brokenLine: Int?

    init(text: String, limits: DocumentLimits, log: FaultLog) {
        self.text = MarkedText(text)
        self.limits = limits
        self.log = log
    }

    /// The root of the document, or `nil` after reporting why there is none.
    mutating func root() -> DocumentNode? {
        guard text.content.utf8.count <= limits.maximumBytes else {
            let error = DocumentFileError.tooLarge(maximumBytes: limits.maximumBytes)
            log.report(line: 0, column: 0, path: "", reason: error.description)
            return nil
        }
        if let alias = AliasScan.firstAlias(in: text.content) {
            log.report(
                line: alias.line, column: alias.column, path: "",
                reason: "aliases are not allowed; write out what *\(alias.name) stands for")
            return nil
        }
        if let place = NestingScan.firstExcess(in: text.content) {
            log.report(
                line: place.line, column: place.column, path: "",
                reason: "is nested deeper than \(limits.maximumDepth) levels")
            return nil
        }
        while true {
            do {
                let parser = try Parser(yaml: text.content, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { break }
                let tree = node(root, path: "", depth: 0)
                // The parser keeps the anchors alive, which nodes only refer to weakly.
                withExtendedLifetime(parser) {}
                guard !tree.isNull else { break }
                return tree
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard text.tellApart(keyAt: TextPlace(context.mark)) else {
                    let names = Set(keys).sorted().prefix(8).map(\.shortened)
                    report(
                        context.mark,
                        "too many keys are given twice; mend these first: "
                            + names.joined(separator: ", "))
                    return nil
                }
            } catch {
                report(error)
                return nil
            }
        }
        log.report(line: 1, column: 1, path: "", reason: "the document is empty")
        return nil
    }

    /// Yams' node, checked and with its place.
    private mutating func node(_ node: Node, path: String, depth: Int) -> DocumentNode {
        let place = node.mark.map { text.original(TextPlace($0)) } ?? TextPlace()
        func make(_ content: DocumentNode.Content) -> DocumentNode {
            DocumentNode(
                content: content, path: path, line: place.line, column: place.column, log: log)
        }
        nodeCount += 1
        guard nodeCount <= limits.maximumNodes, depth <= limits.maximumDepth else {
            // Said once: the first place past a bound stands for the rest.
            if nodeCount == limits.maximumNodes + 1 {
                make(.refused).fail("the document holds more than \(limits.maximumNodes) values")
            } else if depth > limits.maximumDepth {
                make(.refused).fail("is nested deeper than \(limits.maximumDepth) levels")
            }
            return make(.refused)
        }
        if let reason = node.refusal {
            make(.refused).fail(reason)
            return make(.refused)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            if isPlain, scalar.string.isInCurlyQuotes {
                make(.null).warn(
                    "\(scalar.string.shortened) is taken with its curly quotes; write \" or leave them out"
                )
            }
            let isNull = isPlain && ["", "~", "null"].contains(scalar.string)
            return make(isNull ? .null : .scalar(scalar.string, isQuoted: !isPlain))
        case .sequence(let items):
            return make(
                .list(
                    items.enumerated().map { index, item in
                        self.node(item, path: "\(path)[\(index)]", depth: depth + 1)
                    }))
        case .mapping(let pairs):
            return make(.mapping(entries(pairs, path: path, depth: depth)))
        case .alias:
            make(.refused).fail("aliases are not allowed")
            return make(.refused)
        }
    }

    private mutating func entries(
        _ pairs: Node.Mapping, path: String, depth: Int
    ) -> [DocumentEntry] {
        var entries: [DocumentEntry] = []
        var indices: [String: Int] = [:]
        for (yamlKey, yamlValue) in pairs {
            var key = node(yamlKey, path: path, depth: depth + 1)
            guard case .scalar(let written) = yamlKey else {
                key.fail(expected: "a key")
                continue
            }
            let name = text.original(key: written.string)
            let place = path.isEmpty ? name : "\(path).\(name)"
            key = DocumentNode(
                content: key.content, path: place, line: key.line, column: key.column, log: log)
            let value = node(yamlValue, path: place, depth: depth + 1)
            let entry = DocumentEntry(key: key, name: name, value: value)
            if let first = indices[name] {
                key.fail("is given twice, first on line \(entries[first].key.line)")
                entries[first] = entry
            } else {
                indices[name] = entries.endIndex
                entries.append(entry)
            }
        }
        return entries
    }

    private func report(_ mark: Mark, _ reason: String) {
        let place = text.original(TextPlace(mark))
        log.report(line: place.line, column: place.column, path: "", reason: reason)
    }

    private mutating func report(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let place = text.original(TextPlace(mark))
            brokenLine = place.line
            if text.isIndentedByTab(line: mark.line) {
                report(mark, "tabs cannot indent; use spaces")
                return
            }
            let complaint = ParserComplaint(
                problem: problem, place: place,
                context: context.map { ($0.text, text.original(TextPlace($0.mark))) })
            let told = LineAdvice(text.content).explanation(of: complaint)
            log.report(line: told.line, column: told.column, path: "", reason: told.reason)
        case YamlError.reader(let problem, _, _, _):
            let place = text.firstControlCharacter() ?? TextPlace()
            log.report(line: place.line, column: place.column, path: "", reason: problem)
        default:
            log.report(line: 1, column: 1, path: "", reason: "is not YAML: \(error)")
        }
    }
}

extension TextPlace {
    fileprivate init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}

extension String {
    fileprivate var isInCurlyQuotes: Bool {
        guard let first, let last, count > 1 else { return false }
        return "“”„‘’＂＇".contains(first) && "“”„‘’＂＇".contains(last)
    }
}

extension Node {
    /// Why this node is not taken, whatever it holds.
    fileprivate var refusal: String? {
        if anchor != nil { return "anchors are not allowed; write the value without &" }
        // Yams resolves a node without a tag to one of these three.
        let plain: [Tag.Name] = [.str, .map, .seq]
        guard plain.contains(where: { $0.rawValue == tag.description }) else {
            return "tags are not allowed; write the value without !"
        }
        return nil
    }
}
