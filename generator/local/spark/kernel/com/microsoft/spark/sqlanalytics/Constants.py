"""Names of the connector's options, for notebooks that set them; the local stand-in needs none."""  # noqa: N999 - the real one's name


class Constants:
    """Option names, under the names that the documentation of the connector uses."""

    SERVER = "server"
    DATABASE = "database"
    USER = "user"
    PASSWORD = "password"  # noqa: S105 - the name of an option
    TEMP_FOLDER = "tempfolder"
    DATA_SOURCE = "datasource"
    STAGING_STORAGE_ACCOUNT_KEY = "stagingstorageaccountkey"
    INTERNAL = "internal"
    EXTERNAL = "external"
