"""Sessions of one provider: counted, and ended in order."""

import time


def test_a_session_in_the_middle_of_a_message_may_finish(edge, scripted, loop):
    server = scripted()
    server.slow_dot = 0.5
    here = edge(server)
    client = here.client()
    client.start()
    client.ask("DATA")
    client.send(b"From: a@x.example\r\n\r\ntext\r\n.\r\n")
    time.sleep(0.1)
    loop.run(here.submission.stop(5))
    assert client.reply() == ["250 2.0.0 taken"]
    assert len(server.messages) == 1


def test_a_session_that_does_not_end_is_cut_in_time(edge, scripted, loop):
    server = scripted()
    server.slow_dot = 30
    here = edge(server)
    client = here.client()
    client.start()
    client.ask("DATA")
    client.send(b"From: a@x.example\r\n\r\ntext\r\n.\r\n")
    time.sleep(0.1)
    before = time.monotonic()
    loop.run(here.submission.stop(0.3))
    assert time.monotonic() - before < 3


def test_ended_sessions_leave_nothing_behind(edge, scripted):
    here = edge(scripted())
    for _ in range(20):
        client = here.client()
        client.reply()
        client.ask("QUIT")
    time.sleep(0.2)
    assert here.submission.sessions == set()
