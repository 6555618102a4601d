use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A server on loopback that answers by path and counts its requests.
struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request with what `answer` makes of its head.
    async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = Arc::clone(&answer);
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move { serve(stream, &*answer).await });
            }
        });
        Self { address, requests }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    fn count(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, answer: &(impl Fn(&str) -> Vec<u8> + Sync)) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let bytes = answer(&String::from_utf8_lossy(&head));
    if stream.write_all(&bytes).await.is_ok() {
        let _closed = stream.shutdown().await.is_ok();
    }
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").into()
}

fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
    )
    .into()
}

fn fetcher(change: impl FnOnce(&mut FetchOptions)) -> Fetcher {
    let mut options = FetchOptions::default();
    change(&mut options);
    Fetcher::new(options).unwrap()
}

async fn error_of(fetcher: &Fetcher, url: &Url) -> FetchError {
    fetcher.fetch(url, None).await.unwrap_err()
}

#[tokio::test]
async fn an_archive_comes_with_its_digest() {
    let server = Server::start(|_| ok("archive")).await;
    let fetched = fetcher(|_| {}).fetch(&server.url("/a.tgz"), None).await.unwrap();
    assert_eq!(&*fetched.bytes, b"archive");
    assert_eq!(fetched.digest, Digest::of(b"archive"));
}

#[tokio::test]
async fn a_kept_archive_is_not_asked_for_again_when_its_digest_is_known() {
    let server = Server::start(|_| ok("archive")).await;
    let folder = tempfile::tempdir().unwrap();
    let keep = |options: &mut FetchOptions| options.cache_dir = Some(folder.path().into());
    let digest = Digest::of(b"archive");
    let first = fetcher(keep);
    first.fetch(&server.url("/a.tgz"), None).await.unwrap();
    for fetcher in [first, fetcher(keep)] {
        fetcher.fetch(&server.url("/a.tgz"), Some(&digest)).await.unwrap();
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn another_archive_than_the_expected_one_is_an_error() {
    let server = Server::start(|_| ok("archive")).await;
    let expected = Digest::of(b"other");
    let error = fetcher(|_| {}).fetch(&server.url("/a.tgz"), Some(&expected)).await.unwrap_err();
    let url = server.url("/a.tgz").to_string();
    assert_eq!(error, FetchError::DigestMismatch { url, expected, actual: Digest::of(b"archive") });
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_share_one_request() {
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let server = Server::start(move |_| {
        // Waits until the sender is gone.
        let gone = tokio::task::block_in_place(|| gate.lock().unwrap().recv()).is_err();
        if gone { ok("archive") } else { Vec::new() }
    })
    .await;
    let fetcher = fetcher(|_| {});
    let url = server.url("/a.tgz");
    let calls = (0..5).map(|_| fetcher.fetch(&url, None));
    let all = futures::future::join_all(calls);
    let release = async {
        // All calls have been polled once by now: joining polls them before this.
        tokio::task::yield_now().await;
        drop(open);
    };
    let (results, ()) = tokio::join!(all, release);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(server.count(), 1);
    fetcher.fetch(&url, None).await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn redirects_are_followed_five_times() {
    let server = Server::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path.trim_start_matches('/').parse::<u32>() {
            Ok(0) => ok("archive"),
            Ok(left) => redirect(&format!("/{}", left - 1)),
            Err(_) => redirect("ftp://elsewhere/x"),
        }
    })
    .await;
    let fetcher = fetcher(|_| {});
    assert!(fetcher.fetch(&server.url("/5"), None).await.is_ok());
    let error = error_of(&fetcher, &server.url("/6")).await.to_string();
    assert!(error.ends_with("the server redirects too often"), "{error}");
    let error = error_of(&fetcher, &server.url("/ftp")).await.to_string();
    assert!(error.ends_with("redirects to another kind of address"), "{error}");
}

#[test]
fn a_redirect_never_leads_to_a_weaker_scheme() {
    let check = |from: &str, to: &str| {
        let http = reqwest::Response::from(
            http::Response::builder().header("location", to).body("").unwrap(),
        );
        redirected(&Url::parse(from).unwrap(), &http).map(|url| url.to_string())
    };
    assert_eq!(check("http://a/x", "https://b/").as_deref(), Ok("https://b/"));
    assert_eq!(check("https://a/x/y", "../z").as_deref(), Ok("https://a/z"));
    let refused = check("https://user:pw@a/x?token=t", "http://a/x").unwrap_err().to_string();
    assert_eq!(refused, "fetching https://a/x: the server redirects from https to http");
}

#[tokio::test]
async fn large_archives_are_refused_with_and_without_a_length() {
    let large = "x".repeat(2000);
    let body = large.clone();
    let server = Server::start(move |head| {
        if head.contains("/length") {
            ok(&body)
        } else {
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}").into()
        }
    })
    .await;
    let fetcher = fetcher(|options| options.max_bytes = 1000);
    for path in ["/length", "/endless"] {
        let error = error_of(&fetcher, &server.url(path)).await;
        assert!(matches!(error, FetchError::TooLarge { limit: 1000, .. }), "{error}");
    }
}

#[tokio::test]
async fn what_a_server_says_and_who_asks_is_not_in_errors() {
    let server = Server::start(|_| {
        b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret".to_vec()
    })
    .await;
    let url = format!("http://me:hunter2@{}/a.tgz?token=t0ken#f", server.address);
    let error = error_of(&fetcher(|_| {}), &Url::parse(&url).unwrap()).await;
    let expected = format!("fetching http://{}/a.tgz: the server answered 403", server.address);
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_refused_connection_names_no_credentials() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://me:hunter2@{}/a", listener.local_addr().unwrap());
    drop(listener);
    let error = error_of(&fetcher(|_| {}), &Url::parse(&url).unwrap()).await;
    assert!(matches!(error, FetchError::Transport { .. }), "{error:?}");
    assert!(error.is_transient() && !format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn internal_addresses_are_refused_by_name_and_number() {
    let server = Server::start(|_| ok("archive")).await;
    let fetcher = fetcher(|options| options.allow_private = false);
    let port = server.address.port();
    for host in ["127.0.0.1", "[::1]", "localhost", "[::ffff:127.0.0.1]", "2130706433"] {
        let url = Url::parse(&format!("http://{host}:{port}/a.tgz")).unwrap();
        let error = error_of(&fetcher, &url).await;
        assert!(matches!(error, FetchError::PrivateAddress { .. }), "{host}: {error}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn plain_http_can_be_forbidden() {
    let server = Server::start(|_| ok("archive")).await;
    let fetcher = fetcher(|options| options.allow_http = false);
    let error = error_of(&fetcher, &server.url("/a.tgz")).await;
    assert!(matches!(error, FetchError::Scheme { .. }), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/a", listener.local_addr().unwrap())).unwrap();
    let fetcher = fetcher(|options| options.timeout = Duration::from_millis(50));
    let error = error_of(&fetcher, &url).await;
    assert!(matches!(error, FetchError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_chart_is_loaded_from_the_network() {
    let files = vec![chart::File::new("Chart.yaml", "name: app\nversion: 1.0.0\n")];
    let package = chart::package(&chart::load_files(files).unwrap()).unwrap();
    let digest = Digest::of(&package.bytes);
    let server = Server::start(move |_| {
        let length = package.bytes.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), &package.bytes].concat()
    })
    .await;
    let reference = crate::Reference::Url(server.url("/app-1.0.0.tgz"));
    let limits = chart::Limits::default();
    let loaded = crate::load(&reference, &fetcher(|_| {}), None, &limits).await.unwrap();
    assert_eq!((loaded.chart.name(), loaded.digest), ("app", Some(digest)));
}
