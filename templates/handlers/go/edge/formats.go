package edge

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"time"
)

var (
	uuid     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	hostname = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
)

// formats are those of JSON Schema that are checked.
var formats = map[string]func(string) bool{
	"date":      isTime(time.DateOnly),
	"date-time": isTime(time.RFC3339),
	"time":      isTime("15:04:05Z07:00"),
	"email": func(text string) bool {
		address, err := mail.ParseAddress(text)
		return err == nil && address.Address == text
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
		return err == nil && parsed.IsAbs()
	},
	"uuid": uuid.MatchString,
}

func isTime(layout string) func(string) bool {
	return func(text string) bool {
		_, err := time.Parse(layout, text)
		return err == nil
	}
}
