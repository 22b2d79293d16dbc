// The viewer-request function of the distribution. /api/x is /x of the API; /account is account.html of the bucket.
// The bucket has what the issuer publishes, too.
// The viewer's address is written here, over any that the viewer has sent.
var DOCUMENTS = __DOCUMENTS__;
var FILES = __FILES__;
var NOT_FOUND = __NOT_FOUND__;

function handler(event) {
  var request = event.request;
  var uri = request.uri;
  request.headers['x-edge-viewer'] = { value: event.viewer.ip };
  if (uri.indexOf('/.well-known/') >= 0) {
    return request;
  }
  if (uri.indexOf('/api/') === 0) {
    request.uri = uri.slice(4);
    return request;
  }
  if (FILES.indexOf(uri) >= 0 || uri.indexOf('/assets-') === 0) {
    return request;
  }
  var page = uri === '/' ? 'index' : uri.slice(1);
  if (DOCUMENTS.indexOf(page) < 0) {
    return NOT_FOUND;
  }
  request.uri = '/' + page + '.html';
  return request;
}
