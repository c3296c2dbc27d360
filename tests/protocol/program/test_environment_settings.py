"""Variables of the environment: which are settings, which are misspelled, which are of others."""

import click
import pytest

from protocol.errors import SettingsError
from protocol.program.environment_settings import check_environment


@pytest.fixture
def program() -> click.Group:
    @click.group("program", context_settings={"auto_envvar_prefix": "PROGRAM"})
    @click.option("--log-level")
    @click.option("--version", is_flag=True, allow_from_autoenv=False)
    def group(log_level: str, version: bool) -> None:
        pass

    @group.group("ctl")
    @click.option("--port", type=int)
    def ctl(port: int) -> None:
        pass

    @ctl.command("speed")
    @click.option("--json", "as_json", is_flag=True)
    @click.option("--rate", envvar=["PROGRAM_RATE"])
    def speed(as_json: bool, rate: str) -> None:
        pass

    return group


def test_a_variable_that_is_a_setting_or_none_of_ours_is_let_be(program: click.Group) -> None:
    names = ("PROGRAM_LOG_LEVEL", "PROGRAM_CTL_SPEED_AS_JSON", "PROGRAM_RATE", "PATH", "PROGRAMS_X")
    environment = dict.fromkeys(names, "1")

    assert [] == check_environment(program, environment)
    assert dict.fromkeys(names, "1") == environment


@pytest.mark.parametrize(
    "name", ["PROGRAM_X", "PROGRAM_HOME", "PROGRAM_VERSION", "PROGRAM_RUN_ID", "PROGRAM_LOG_DIR"]
)
def test_a_variable_that_is_near_no_setting_is_named_and_no_error(
    program: click.Group, name: str
) -> None:
    assert [name] == check_environment(program, {name: "1", "PROGRAM_RATE": "1"})


def test_what_a_service_of_the_programs_name_sets_is_no_setting(program: click.Group) -> None:
    link = "tcp://10.0.0.1:5555"
    of_a_service = {
        "PROGRAM_SERVICE_HOST": "10.0.0.1",
        "PROGRAM_PORT": link,
        "PROGRAM_CTL_PORT": link,
    }
    environment = {**of_a_service, "PROGRAM_RATE": "1"}

    assert sorted(of_a_service) == check_environment(program, environment)
    assert {"PROGRAM_RATE": "1"} == environment  # the port of a service is not the one to use


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("PROGRAM_LOG_LEVL", "did you mean PROGRAM_LOG_LEVEL?"),
        ("PROGRAM_CTL_SPEED_RATE", "known settings: PROGRAM_CTL_SPEED_AS_JSON"),
        ("PROGRAM_CTL_RATE", "did you mean PROGRAM_RATE?"),
        ("PROGRAM_AS_JSON", "did you mean PROGRAM_CTL_SPEED_AS_JSON?"),
        ("PROGRAM_CTL_PROT", "did you mean PROGRAM_CTL_PORT?"),
    ],
)
def test_a_variable_that_is_no_setting_names_the_nearest_one(
    program: click.Group, name: str, fix: str
) -> None:
    with pytest.raises(SettingsError, match=f"environment variable {name}\n") as refused:
        check_environment(program, {name: "1"})

    assert "Z210" == refused.value.code
    assert refused.value.fix.startswith(("did you mean PROGRAM_", fix))


@pytest.mark.parametrize("name", ["ZREPLAY_FAILPOINT", "ZREPLAY_PURE"])
def test_a_variable_of_ours_that_is_no_setting_is_let_be(program: click.Group, name: str) -> None:
    program.context_settings = {"auto_envvar_prefix": "ZREPLAY"}

    assert [] == check_environment(program, {name: "x"})


def test_a_variable_that_says_where_a_venue_is_is_no_setting(program: click.Group) -> None:
    assert [] == check_environment(program, {"PROGRAM_LIVE_URL_OKX": "ws://x"})
