import Testing

@testable import HomeChat

@Suite struct HomeToolsTests {
    private let tools = HomeTools(
        stored: ["sensor.*", "light.kitchen", "light.*_lamp"], services: ["light.turn_on", "script.bedtime"])

    private func decide(_ arguments: String, _ name: String = HomeTools.serviceTool) -> HomeTools.Decision {
        tools.decide(ToolCall(id: "", name: name, arguments: arguments))
    }

    @Test(arguments: ["sensor.a", "sensor.outside_2", "light.kitchen", "light.red_lamp", "light._lamp"])
    func `what is on the list can be read`(_ entity: String) {
        #expect(tools.mayRead(entity))
    }

    @Test(arguments: [
        "light.kitchen2", "light.bedroom", "light.lamp", "camera.door", "sensor", "sensor.", ".x", "sensors.a",
        "sensor.*", "sensor.a.b", "sensor.a/../b", "Sensor.a", "sensor.ä", "sensor.a b", "all", "",
    ])
    func `what is not on it cannot`(_ entity: String) {
        #expect(!tools.mayRead(entity))
    }

    @Test(arguments: [
        ("a.bcd", "a.*", true), ("a.bcd", "a.b*d", true), ("a.bcd", "a.*c*", true), ("a.bd", "a.b*b*d", false),
        ("a.bb", "a.b*b", true), ("a.b", "a.b*b", false), ("a.b", "a.b", true), ("a.b", "a.**", true),
    ])
    func `stars stand for anything`(_ name: String, _ pattern: String, _ fits: Bool) {
        #expect(HomeTools.matches(name, pattern) == fits)
    }

    @Test func `a list is checked when it is made`() throws {
        _ = try HomeTools(states: ["sensor.*"], services: ["light.turn_on"])
        for states in [["*"], ["*.kitchen"], ["sensor.*", "x"], Array(repeating: "a.b", count: 51)] {
            #expect(throws: ChatError.self) { try HomeTools(states: states, services: []) }
        }
        #expect(throws: ChatError.self) { try HomeTools(states: [], services: ["light.*"]) }
    }

    @Test func `a call is proposed with its entities and values in plain words`() throws {
        let decision = decide(
            """
            {"service": "light.turn_on", "entity_id": ["light.kitchen"],
                "data": {"brightness_pct": 40, "effect": "a`b\\n**c"}}
            """)
        guard case .ask(let call) = decision else {
            Issue.record("\(decision)")
            return
        }
        #expect(call.words == "light: turn on `light.kitchen` (brightness pct: 40, effect: `a'b**c`)")
        #expect(decide(#"{"service": "script.bedtime"}"#) != .refuse("this service, or this entity, is not for you"))
    }

    @Test(arguments: [
        #"{"service": "lock.unlock"}"#, #"{"service": "light.turn_off", "entity_id": "light.kitchen"}"#,
        #"{"service": "light.turn_on", "entity_id": "light.bedroom"}"#,
        #"{"service": "light.turn_on", "entity_id": ["light.kitchen", "light.bedroom"]}"#,
        #"{"service": "light.turn_on", "entity_id": "all"}"#, #"{"service": "light.turn_on", "entity_id": 7}"#,
        #"{"service": "light.turn_on", "entity_id": ["light.kitchen", 7]}"#,
        #"{"service": "light.turn_on", "data": {"entity_id": "light.bedroom"}}"#,
        #"{"service": "light.turn_on", "data": {"area_id": "bedroom"}}"#,
        #"{"service": "light.turn_on", "data": {"target": "x"}}"#,
        #"{"service": "light.turn_on", "data": {"a": {"b": 1}}}"#,
        #"{"service": "light.turn_on", "data": "x"}"#, #"{"service": "light/turn_on"}"#, #"{"service": null}"#,
        "[]", "{", "x", "",
    ])
    func `everything else is refused`(_ arguments: String) {
        guard case .refuse = decide(arguments) else {
            Issue.record("\(arguments) was not refused")
            return
        }
    }

    @Test func `there are the tools of the list and no others`() {
        #expect(decide("{}", "read_channel") == .refuse("there is no such tool"))
        #expect(decide("", HomeTools.stateTool) == .read(nil))
        #expect(decide(#"{"entity_id": "light.kitchen"}"#, HomeTools.stateTool) == .read("light.kitchen"))
        #expect(HomeTools().descriptions.isEmpty && tools.descriptions.count == 2)
        let none = HomeTools().decide(ToolCall(id: "", name: HomeTools.stateTool, arguments: "{}"))
        #expect(none == .refuse("there is no such tool"))
    }
}
