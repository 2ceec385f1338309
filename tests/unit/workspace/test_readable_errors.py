"""What services and gateways say back is shown without the secrets that it may hold."""

from __future__ import annotations

import pytest

from generator.workspace.errors import readable

SECRET = "hunter2Hunter2hunter2"


@pytest.mark.parametrize(
    "form",
    [
        "Server=tcp:x;Password={};Encrypt=yes",
        "Password='{}';x",
        '{{"password":"{}"}}',
        '{{\\"password\\": \\"{}\\"}}',
        "password: {}",
        "AccountKey={}==",
        "account_key={}",
        "SharedAccessKey={}",
        "SharedAccessSignature={}",
        "https://a.blob.core.windows.net/c?sv=1&sig={}%3D&se=2",
        "sv%3D1%26sig%3D{}",
        "access_token={}&x=1",
        '"accessToken": "{}"',
        "refresh_token={}",
        "client_secret={}",
        "clientSecret: {}",
        "x-functions-key: {}",
        "Ocp-Apim-Subscription-Key: {}",
        "https://user:{}@host/path",
        "jdbc:sqlserver://h;user=u;pwd={};",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "Authorization: SharedKey account:{}",
        "secretAccessKey={}",
        "-----BEGIN RSA PRIVATE KEY----- {} -----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY----- {}",
        '"encryptedCredential": "{}"',
    ],
)
def test_no_form_of_a_secret_is_shown(form: str) -> None:
    shown = readable(f"it failed: {form.format(SECRET)}, said the service")
    assert SECRET not in shown
    assert "***" in shown
    assert shown.startswith("it failed: ")


@pytest.mark.parametrize(
    "text",
    [
        "The document creation failed because of invalid reference 'key_vault'.",
        "Forbidden: the principal lacks workspaces/pipelines/write on /subscriptions/1/x",
        "https://w.dev.azuresynapse.net:443/pipelines cannot be reached",
        "the secret azure-ml-deploy-dev was not found in kv-taxi-dev",
        "a design: of things; signature mismatch",
    ],
)
def test_words_that_only_sound_like_one_stay(text: str) -> None:
    assert readable(text) == text
