"""Windows time zone names, which schedule triggers take.

Sources: "Create a trigger that runs a pipeline on a schedule" (timeZone values are Windows names); the names are those
of "Default time zones" of Windows; the IANA names beside each are from Unicode CLDR's windowsZones: first that of the
zone itself, then those of its larger places, to guess what people meant.
"""

from __future__ import annotations

from generator.spec.wording import nearest

_ZONES: dict[str, str] = {
    "Dateline Standard Time": "Etc/GMT+12",
    "UTC-11": "Etc/GMT+11 Pacific/Pago_Pago",
    "Aleutian Standard Time": "America/Adak",
    "Hawaiian Standard Time": "Pacific/Honolulu",
    "Marquesas Standard Time": "Pacific/Marquesas",
    "Alaskan Standard Time": "America/Anchorage America/Juneau",
    "UTC-09": "Etc/GMT+9",
    "Pacific Standard Time (Mexico)": "America/Tijuana",
    "UTC-08": "Etc/GMT+8",
    "Pacific Standard Time": "America/Los_Angeles America/Vancouver",
    "US Mountain Standard Time": "America/Phoenix America/Hermosillo",
    "Mountain Standard Time (Mexico)": "America/Mazatlan",
    "Mountain Standard Time": "America/Denver America/Edmonton America/Boise",
    "Yukon Standard Time": "America/Whitehorse",
    "Central America Standard Time": "America/Guatemala America/Costa_Rica America/El_Salvador America/Managua",
    "Central Standard Time": "America/Chicago America/Winnipeg",
    "Easter Island Standard Time": "Pacific/Easter",
    "Central Standard Time (Mexico)": "America/Mexico_City America/Monterrey America/Merida",
    "Canada Central Standard Time": "America/Regina",
    "SA Pacific Standard Time": "America/Bogota America/Lima America/Guayaquil America/Panama America/Jamaica",
    "Eastern Standard Time (Mexico)": "America/Cancun",
    "Eastern Standard Time": "America/New_York America/Toronto America/Montreal America/Detroit America/Nassau",
    "Haiti Standard Time": "America/Port-au-Prince",
    "Cuba Standard Time": "America/Havana",
    "US Eastern Standard Time": "America/Indianapolis America/Indiana/Indianapolis",
    "Turks And Caicos Standard Time": "America/Grand_Turk",
    "Paraguay Standard Time": "America/Asuncion",
    "Atlantic Standard Time": "America/Halifax Atlantic/Bermuda",
    "Venezuela Standard Time": "America/Caracas",
    "Central Brazilian Standard Time": "America/Cuiaba",
    "SA Western Standard Time": "America/La_Paz America/Puerto_Rico America/Santo_Domingo America/Manaus",
    "Pacific SA Standard Time": "America/Santiago",
    "Newfoundland Standard Time": "America/St_Johns",
    "Tocantins Standard Time": "America/Araguaina",
    "E. South America Standard Time": "America/Sao_Paulo",
    "SA Eastern Standard Time": "America/Cayenne America/Fortaleza America/Recife America/Paramaribo",
    "Argentina Standard Time": "America/Buenos_Aires America/Argentina/Buenos_Aires",
    "Greenland Standard Time": "America/Godthab America/Nuuk",
    "Montevideo Standard Time": "America/Montevideo",
    "Magallanes Standard Time": "America/Punta_Arenas",
    "Saint Pierre Standard Time": "America/Miquelon",
    "Bahia Standard Time": "America/Bahia",
    "UTC-02": "Etc/GMT+2 America/Noronha",
    "Azores Standard Time": "Atlantic/Azores",
    "Cape Verde Standard Time": "Atlantic/Cape_Verde",
    "UTC": "Etc/UTC Etc/GMT UTC GMT Z",
    "GMT Standard Time": "Europe/London Europe/Dublin Europe/Lisbon Atlantic/Madeira Atlantic/Canary",
    "Greenwich Standard Time": "Atlantic/Reykjavik Africa/Abidjan Africa/Accra Africa/Dakar",
    "Sao Tome Standard Time": "Africa/Sao_Tome",
    "Morocco Standard Time": "Africa/Casablanca",
    "W. Europe Standard Time": (
        "Europe/Berlin Europe/Amsterdam Europe/Zurich Europe/Vienna Europe/Rome Europe/Stockholm Europe/Oslo"
        " Europe/Luxembourg Europe/Malta Europe/Monaco Europe/Andorra Europe/Vaduz Europe/San_Marino Europe/Gibraltar"
    ),
    "Central Europe Standard Time": "Europe/Budapest Europe/Prague Europe/Bratislava Europe/Ljubljana Europe/Belgrade",
    "Romance Standard Time": "Europe/Paris Europe/Brussels Europe/Copenhagen Europe/Madrid",
    "Central European Standard Time": "Europe/Warsaw Europe/Zagreb Europe/Sarajevo Europe/Skopje",
    "W. Central Africa Standard Time": "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Kinshasa Africa/Luanda",
    "Jordan Standard Time": "Asia/Amman",
    "GTB Standard Time": "Europe/Bucharest Europe/Athens Asia/Nicosia",
    "Middle East Standard Time": "Asia/Beirut",
    "Egypt Standard Time": "Africa/Cairo",
    "E. Europe Standard Time": "Europe/Chisinau",
    "Syria Standard Time": "Asia/Damascus",
    "West Bank Standard Time": "Asia/Hebron Asia/Gaza",
    "South Africa Standard Time": "Africa/Johannesburg Africa/Harare Africa/Maputo Africa/Lusaka",
    "FLE Standard Time": (
        "Europe/Kiev Europe/Kyiv Europe/Helsinki Europe/Riga Europe/Sofia Europe/Tallinn Europe/Vilnius"
    ),
    "Israel Standard Time": "Asia/Jerusalem",
    "South Sudan Standard Time": "Africa/Juba",
    "Kaliningrad Standard Time": "Europe/Kaliningrad",
    "Sudan Standard Time": "Africa/Khartoum",
    "Libya Standard Time": "Africa/Tripoli",
    "Namibia Standard Time": "Africa/Windhoek",
    "Arabic Standard Time": "Asia/Baghdad",
    "Turkey Standard Time": "Europe/Istanbul",
    "Arab Standard Time": "Asia/Riyadh Asia/Kuwait Asia/Bahrain Asia/Qatar",
    "Belarus Standard Time": "Europe/Minsk",
    "Russian Standard Time": "Europe/Moscow Europe/Simferopol",
    "E. Africa Standard Time": "Africa/Nairobi Africa/Addis_Ababa Africa/Kampala Africa/Dar_es_Salaam",
    "Volgograd Standard Time": "Europe/Volgograd",
    "Iran Standard Time": "Asia/Tehran",
    "Arabian Standard Time": "Asia/Dubai Asia/Muscat",
    "Astrakhan Standard Time": "Europe/Astrakhan",
    "Azerbaijan Standard Time": "Asia/Baku",
    "Russia Time Zone 3": "Europe/Samara",
    "Mauritius Standard Time": "Indian/Mauritius Indian/Reunion",
    "Saratov Standard Time": "Europe/Saratov",
    "Georgian Standard Time": "Asia/Tbilisi",
    "Caucasus Standard Time": "Asia/Yerevan",
    "Afghanistan Standard Time": "Asia/Kabul",
    "West Asia Standard Time": "Asia/Tashkent Asia/Dushanbe Asia/Ashgabat Indian/Maldives",
    "Ekaterinburg Standard Time": "Asia/Yekaterinburg",
    "Pakistan Standard Time": "Asia/Karachi",
    "Qyzylorda Standard Time": "Asia/Qyzylorda",
    "India Standard Time": "Asia/Calcutta Asia/Kolkata",
    "Sri Lanka Standard Time": "Asia/Colombo",
    "Nepal Standard Time": "Asia/Katmandu Asia/Kathmandu",
    "Central Asia Standard Time": "Asia/Bishkek",
    "Bangladesh Standard Time": "Asia/Dhaka Asia/Thimphu",
    "Omsk Standard Time": "Asia/Omsk",
    "Myanmar Standard Time": "Asia/Rangoon Asia/Yangon",
    "SE Asia Standard Time": "Asia/Bangkok Asia/Jakarta Asia/Saigon Asia/Ho_Chi_Minh Asia/Phnom_Penh Asia/Vientiane",
    "Altai Standard Time": "Asia/Barnaul",
    "W. Mongolia Standard Time": "Asia/Hovd",
    "North Asia Standard Time": "Asia/Krasnoyarsk",
    "N. Central Asia Standard Time": "Asia/Novosibirsk",
    "Tomsk Standard Time": "Asia/Tomsk",
    "China Standard Time": "Asia/Shanghai Asia/Hong_Kong Asia/Macau",
    "North Asia East Standard Time": "Asia/Irkutsk",
    "Singapore Standard Time": "Asia/Singapore Asia/Kuala_Lumpur Asia/Manila Asia/Brunei",
    "W. Australia Standard Time": "Australia/Perth",
    "Taipei Standard Time": "Asia/Taipei",
    "Ulaanbaatar Standard Time": "Asia/Ulaanbaatar",
    "Aus Central W. Standard Time": "Australia/Eucla",
    "Transbaikal Standard Time": "Asia/Chita",
    "Tokyo Standard Time": "Asia/Tokyo",
    "North Korea Standard Time": "Asia/Pyongyang",
    "Korea Standard Time": "Asia/Seoul",
    "Yakutsk Standard Time": "Asia/Yakutsk",
    "Cen. Australia Standard Time": "Australia/Adelaide",
    "AUS Central Standard Time": "Australia/Darwin",
    "E. Australia Standard Time": "Australia/Brisbane",
    "AUS Eastern Standard Time": "Australia/Sydney Australia/Melbourne Australia/Canberra",
    "West Pacific Standard Time": "Pacific/Port_Moresby Pacific/Guam",
    "Tasmania Standard Time": "Australia/Hobart",
    "Vladivostok Standard Time": "Asia/Vladivostok",
    "Lord Howe Standard Time": "Australia/Lord_Howe",
    "Bougainville Standard Time": "Pacific/Bougainville",
    "Russia Time Zone 10": "Asia/Srednekolymsk",
    "Magadan Standard Time": "Asia/Magadan",
    "Norfolk Standard Time": "Pacific/Norfolk",
    "Sakhalin Standard Time": "Asia/Sakhalin",
    "Central Pacific Standard Time": "Pacific/Guadalcanal Pacific/Noumea",
    "Russia Time Zone 11": "Asia/Kamchatka",
    "New Zealand Standard Time": "Pacific/Auckland",
    "UTC+12": "Etc/GMT-12 Pacific/Tarawa",
    "Fiji Standard Time": "Pacific/Fiji",
    "Chatham Islands Standard Time": "Pacific/Chatham",
    "UTC+13": "Etc/GMT-13",
    "Tonga Standard Time": "Pacific/Tongatapu",
    "Samoa Standard Time": "Pacific/Apia",
    "Line Islands Standard Time": "Pacific/Kiritimati",
}
_WINDOWS = {iana.casefold(): windows for windows, names in _ZONES.items() for iana in names.split()}


def is_windows_zone(name: str) -> bool:
    """Whether a schedule trigger takes this name."""
    return name in _ZONES


def windows_zone_meant(name: str) -> str | None:
    """Return the Windows name that was probably meant, for an IANA or a misspelt name; None where nothing is near."""
    folded = name.casefold()
    if folded in _WINDOWS:
        return _WINDOWS[folded]
    if "/" in name:
        close = nearest(folded, _WINDOWS)
        return _WINDOWS[close] if close else None

    return nearest(name, _ZONES)
