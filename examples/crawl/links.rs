//! The links of a page: found, made absolute, and sorted.

use crate::fetch::Page;
use iri_string::format::ToDedicatedString;
use iri_string::types::{UriAbsoluteString, UriReferenceStr};
use iri_string::validate::Error;

/// The address of a page. A place in the page (`#there`) is no part of it.
pub(crate) type Url = UriAbsoluteString;

/// What a page links to.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// On the site, in the page's order, perhaps several times.
    pub(crate) on_site: Vec<Url>,
    /// How many lead to other hosts, or are no `http`.
    pub(crate) elsewhere: usize,
    /// How many lead nowhere.
    pub(crate) malformed: usize,
}

impl Links {
    /// The links of the page at `url`; the site is the host of `start`, on whatever port.
    pub(crate) fn of(page: &Page, url: &Url, start: &Url) -> Links {
        let mut links = Links::default();
        for link in hrefs(&page.html).chain(page.location.as_deref()) {
            match absolute(&link.replace("&amp;", "&"), url) {
                Ok(link) if link.scheme_str() == "http" && host(&link) == host(start) => {
                    links.on_site.push(link);
                }
                Ok(_) => links.elsewhere += 1,
                Err(_) => links.malformed += 1,
            }
        }
        links
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.on_site.len() + self.elsewhere + self.malformed
    }
}

/// The quoted values of all `href` attributes: as much of HTML as is needed here.
fn hrefs(html: &str) -> impl Iterator<Item = &str> {
    html.split(" href=").skip(1).filter_map(|rest| {
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        Some(rest[1..].split_once(quote)?.0.trim())
    })
}

/// The address that a link on the page at `base` means.
fn absolute(link: &str, base: &Url) -> Result<Url, Error> {
    let link = UriReferenceStr::new(link)?;
    Ok(link.resolve_against(base).and_normalize().to_dedicated_string().into_absolute())
}

/// Without the port.
fn host(url: &Url) -> Option<&str> {
    Some(url.authority_components()?.host())
}
