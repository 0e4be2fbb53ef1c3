package edge

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

var (
	offset   = regexp.MustCompile(`(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)
	address  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]*$`)
	uuid     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hostname = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
)

// formats are those of JSON Schema that are checked.
var formats = map[string]func(string) bool{
	"date":      isTime(time.DateOnly),
	"date-time": func(text string) bool { return isTime(time.RFC3339)(text) && offset.MatchString(text) },
	"time":      func(text string) bool { return isTime("15:04:05Z07:00")(text) && offset.MatchString(text) },
	"email": func(text string) bool {
		parsed, err := mail.ParseAddress(text)
		domain := text[strings.LastIndexByte(text, '@')+1:]
		return err == nil && parsed.Address == text && hostname.MatchString(domain)
	},
	"hostname": func(text string) bool { return len(text) <= 253 && hostname.MatchString(text) },
	"ipv4": func(text string) bool {
		address, err := netip.ParseAddr(text)
		return err == nil && address.Is4()
	},
	"ipv6": func(text string) bool {
		address, err := netip.ParseAddr(text)
		return err == nil && address.Is6() && address.Zone() == ""
	},
	"uri": func(text string) bool {
		parsed, err := url.Parse(text)
		return err == nil && parsed.IsAbs() && address.MatchString(text)
	},
	"uuid": uuid.MatchString,
}

func isTime(layout string) func(string) bool {
	return func(text string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	}
}
